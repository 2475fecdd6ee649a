import type { Converter } from './convert-hours.ts'
import type { Ledger } from './ledger.ts'
import { type ConvertNext, overlappingHours } from './overlap.ts'

/**
 * Converts hours in this thread: for a Lambda, whose memory is its cores.
 * Memory: that of `overlappingHours`.
 */
export function convertHere(): Converter {
  let convertNext: ConvertNext | undefined
  return {
    start: () => undefined,
    async convert(tasks, stores, { signal, onConverted }) {
      convertNext ??= overlappingHours()
      const ledgers: Promise<Ledger>[] = []
      try {
        for (const task of tasks) {
          signal?.throwIfAborted()
          const { ledger } = await convertNext(task, stores, signal === undefined ? {} : { signal })
          ledgers.push(told(ledger, onConverted))
          // The hour before is committed, or its fault ends this.
          await ledgers.at(-2)
        }
        return await Promise.all(ledgers)
      } catch (error) {
        // The first fault is the one to report; hours that have begun to be committed are whole before this ends.
        await Promise.allSettled(ledgers)
        throw error
      }
    },
    async close() {
      convertNext = undefined
    },
  }
}

function told(ledger: Promise<Ledger>, onConverted: ((ledger: Ledger) => void) | undefined): Promise<Ledger> {
  const converted = ledger.then((done) => {
    onConverted?.(done)
    return done
  })
  // It is waited for later.
  converted.catch(() => undefined)
  return converted
}
