import type { Piscina } from 'piscina'
import { DaysealError } from '../errors.ts'
import type { S3Settings } from '../store/s3-settings.ts'
import type { ConvertStores, ConvertTask } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'
import type { WorkerResult, WorkerTask } from './worker.ts'

export interface ConvertHoursOptions {
  /** How the threads reach buckets (default: as the environment says). */
  readonly s3?: S3Settings
  readonly signal?: AbortSignal | undefined
  readonly onConverted?: (ledger: Ledger) => void
}

/** Worker threads that convert hours. They stay, and are warm for the next ones. */
export interface Converter {
  /** Begins to start the threads for so many hours, which `convert` does otherwise. */
  start(hours: number): void
  /**
   * Converts hours, each a function of its own task, so that the number of threads changes nothing but the time. The first
   * error ends it; hours that are done by then keep their parts. Ledgers come in the order of the tasks.
   */
  convert(tasks: readonly ConvertTask[], stores: ConvertStores, options: ConvertHoursOptions): Promise<Ledger[]>
  /** Ends the threads. Nothing may be converting. */
  close(): Promise<void>
}

/**
 * A worker's few objects (buffers' headers, mostly) die young: with 8 MB the peak of the process is 12 MB higher, and nothing
 * gets faster. Measured on hours of 200 MB of JSON.
 */
const YOUNG_GENERATION_MB = 4

/** Memory: per worker that of `convertHour`, and about 60 MB for the thread. */
export function createConverter(workers: number): Converter {
  let pool: Promise<Pool> | undefined
  const start = (hours: number) => {
    pool ??= startPool(Math.min(hours, workers), workers)
    return pool
  }
  return {
    start(hours) {
      // Whoever converts hears of a fault.
      start(hours).catch(() => undefined)
    },
    async convert(tasks, stores, options) {
      return tasks.length === 0 ? [] : convertAll(await start(tasks.length), tasks, stores, options)
    },
    async close() {
      await (await pool)?.destroy()
    },
  }
}

type Pool = Piscina<WorkerTask, WorkerResult>

/** `first` threads start at once; one more starts when all are busy, and stays. */
async function startPool(first: number, most: number): Promise<Pool> {
  // Loaded with the first hour: a Lambda converts without threads, and most commands convert nothing.
  const { Piscina } = await import('piscina')
  // In the published package this file is bundled, and the worker lies beside the bundle.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './convert-worker.js'
  return new Piscina<WorkerTask, WorkerResult>({
    filename: new URL(file, import.meta.url).href,
    minThreads: first,
    maxThreads: most,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
}

async function convertAll(
  pool: Pool,
  tasks: readonly ConvertTask[],
  stores: ConvertStores,
  { s3 = {}, signal, onConverted }: ConvertHoursOptions,
): Promise<Ledger[]> {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const stopAll = () => {
    Atomics.store(stop, 0, 1)
    Atomics.notify(stop, 0)
  }
  signal?.addEventListener('abort', stopAll)
  const running = tasks.map(async (task) => {
    const { archive, out } = stores
    const work = { task, archive: archive.location, out: out.location, s3, stop: stop.buffer }
    const ledger = ledgerOf(await pool.run(work))
    onConverted?.(ledger)
    return ledger
  })
  try {
    signal?.throwIfAborted()
    return await Promise.all(running)
  } catch (error) {
    // Hours that have begun take back what they wrote before this ends; the others see the stop first.
    stopAll()
    await Promise.allSettled(running)
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stopAll)
  }
}

function ledgerOf(result: WorkerResult): Ledger {
  if (result.kind === 'converted') return result.ledger
  const { code, message, reason, stack } = result.error
  const error = new DaysealError(code, message, reason === undefined ? {} : { reason })
  if (stack !== undefined) error.stack = stack
  throw error
}
