import { Scanner } from '../shred/scanner.ts'
import { convertHour } from './convert-hour.ts'
import type { Converter } from './convert-hours.ts'
import type { Ledger } from './ledger.ts'

/**
 * Converts hours one after another in this thread: for a Lambda, whose memory is its cores.
 * Memory: that of `convertHour`.
 */
export function convertHere(): Converter {
  let scanner: Scanner | undefined
  return {
    start: () => undefined,
    async convert(tasks, stores, { signal, onConverted }) {
      const ledgers: Ledger[] = []
      for (const task of tasks) {
        signal?.throwIfAborted()
        scanner ??= new Scanner()
        const ledger = await convertHour(task, stores, { scanner, ...(signal === undefined ? {} : { signal }) })
        onConverted?.(ledger)
        ledgers.push(ledger)
      }
      return ledgers
    },
    async close() {
      scanner = undefined
    },
  }
}
