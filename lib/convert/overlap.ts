import { Scanner } from '../shred/scanner.ts'
import { type ReadHour, readHour } from './convert-hour.ts'
import type { LaneWork } from './convert-hours.ts'
import { takeHours } from './hour-queue.ts'

/**
 * A lane of this thread: while the storage takes an hour's files, which is all waiting, the next hour is read. Of two hours
 * at most one is being read and one committed. Memory: that of `readHour`, and of the hour before what its sinks hold.
 */
export function overlappingHours() {
  const scanner = new Scanner()
  return async ({ tasks, queue, stores, signal, onConverted }: Omit<LaneWork, 's3'>): Promise<void> => {
    let committing: Promise<void> = Promise.resolve()
    try {
      for (const index of takeHours(queue, tasks.length)) {
        signal.throwIfAborted()
        const hour = await readHour(tasks[index]!, stores, { signal, scanner })
        await mayCommit(hour, committing, signal)
        committing = hour.commit().then((ledger) => onConverted(index, ledger))
        // Heard when the next hour is read, or below.
        committing.catch(() => undefined)
      }
    } finally {
      await committing
    }
  }
}

/** Waits for the hour before. What then cannot be committed is taken back. */
async function mayCommit(hour: ReadHour, before: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await before
    signal.throwIfAborted()
  } catch (error) {
    await hour.abort()
    throw error
  }
}
