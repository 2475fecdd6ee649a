import { Scanner } from '../shred/scanner.ts'
import { type ConvertOptions, type ConvertStores, type ConvertTask, readHour } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'

/** An hour that has been read: the next one may be begun. A fault of the commit is heard by whoever waits for it. */
export interface CommittingHour {
  readonly ledger: Promise<Ledger>
}

export type ConvertNext = (
  task: ConvertTask,
  stores: ConvertStores,
  options: Pick<ConvertOptions, 'signal'>,
) => Promise<CommittingHour>

/**
 * Converts hours one after another, in one thread: while the storage takes an hour's files, which is all waiting, the next
 * hour is read. Of two hours at most one is being read and one committed. Memory: that of `readHour`, and of the hour before
 * what its sinks hold.
 */
export function overlappingHours(): ConvertNext {
  const scanner = new Scanner()
  let before: Promise<unknown> = Promise.resolve()
  return async (task, stores, options) => {
    const hour = await readHour(task, stores, { ...options, scanner })
    await before
    if (options.signal?.aborted) {
      await hour.abort()
      throw options.signal.reason
    }
    const ledger = hour.commit()
    before = ledger.catch(() => undefined)
    return { ledger }
  }
}
