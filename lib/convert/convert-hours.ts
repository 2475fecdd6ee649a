import type { S3Settings } from '../store/s3-settings.ts'
import type { ConvertStores, ConvertTask } from './convert-hour.ts'
import { createHourQueue, type HourQueue } from './hour-queue.ts'
import type { Ledger } from './ledger.ts'

export interface ConvertHoursOptions {
  /** How other threads reach buckets (default: as the environment says). */
  readonly s3?: S3Settings
  readonly signal?: AbortSignal | undefined
  readonly onConverted?: (ledger: Ledger) => void
}

/** Converts hours. What it needs for that stays, and is warm for the next ones. */
export interface Converter {
  /** Begins to make ready for so many hours, which `convert` does otherwise. */
  start(hours: number): void
  /**
   * Converts hours, each a function of its own task, so that the number of lanes changes nothing but the time. The first
   * error ends it; hours that are done by then keep their parts. Ledgers come in the order of the tasks.
   */
  convert(tasks: readonly ConvertTask[], stores: ConvertStores, options: ConvertHoursOptions): Promise<Ledger[]>
  /** Nothing may be converting. */
  close(): Promise<void>
}

/** What the lanes of one call share. */
export interface LaneWork {
  readonly tasks: readonly ConvertTask[]
  /** Which of them nobody has taken yet. */
  readonly queue: HourQueue
  readonly stores: ConvertStores
  readonly s3: S3Settings
  readonly signal: AbortSignal
  /** Throws nothing. */
  readonly onConverted: (task: number, ledger: Ledger) => void
}

/**
 * Converts one hour after another until the queue is empty: a thread, this one or another. When it ends, by an error too,
 * what it has begun is committed or taken back.
 */
export type Lane = (work: LaneWork) => Promise<void>

/** Whoever comes while the lane is busy has to wait. */
export function inTurn(lane: Lane): Lane {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = before.then(() => lane(work))
    before = run.catch(() => undefined)
    return run
  }
}

export interface Lanes {
  /** Those for so many hours; other threads are none for none. */
  start(hours: number): readonly Lane[]
  close(): Promise<void>
}

export function converterOf(lanes: Lanes): Converter {
  return {
    start(hours) {
      lanes.start(hours)
    },
    async convert(tasks, stores, options) {
      return tasks.length === 0 ? [] : convertAll(lanes.start(tasks.length), tasks, stores, options)
    },
    close: () => lanes.close(),
  }
}

async function convertAll(
  lanes: readonly Lane[],
  tasks: readonly ConvertTask[],
  stores: ConvertStores,
  { s3 = {}, signal, onConverted }: ConvertHoursOptions,
): Promise<Ledger[]> {
  const stop = new AbortController()
  const faults: unknown[] = []
  const fail = (fault: unknown) => {
    faults.push(fault)
    stop.abort()
  }
  const ledgers: Ledger[] = []
  const work: LaneWork = {
    tasks,
    queue: createHourQueue(),
    stores,
    s3,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    onConverted(task, ledger) {
      ledgers[task] = ledger
      try {
        onConverted?.(ledger)
      } catch (fault) {
        fail(fault)
      }
    },
  }
  await Promise.all(lanes.map((lane) => lane(work).catch(fail)))
  if (faults.length === 0) return ledgers
  signal?.throwIfAborted()
  throw faults[0]
}
