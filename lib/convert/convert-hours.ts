import { availableParallelism } from 'node:os'
import { MessageChannel } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { DaysealError } from '../errors.ts'
import type { S3Settings } from '../store/s3-settings.ts'
import type { ConvertStores, ConvertTask } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'
import type { PlainError, WorkerResult, WorkerTask } from './worker.ts'

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

/** By default a worker per core. Memory: per worker that of `overlappingHours`, and about 60 MB for the thread. */
export function createConverter(workers: number = availableParallelism()): Converter {
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
      await (await pool)?.threads.destroy()
    },
  }
}

interface Pool {
  readonly threads: Piscina<WorkerTask, void>
  /** Of threads that had no task left, but a commit. */
  readonly faults: readonly unknown[]
}

/** `first` threads start at once; one more starts when all are busy, and stays. */
async function startPool(first: number, most: number): Promise<Pool> {
  // Loaded with the first hour: a Lambda converts without threads, and most commands convert nothing.
  const { Piscina } = await import('piscina')
  // In the published package this file is bundled, and the worker lies beside the bundle.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './convert-worker.js'
  const threads = new Piscina<WorkerTask, void>({
    filename: new URL(file, import.meta.url).href,
    minThreads: first,
    maxThreads: most,
    idleTimeout: Number.POSITIVE_INFINITY,
    // A thread that blocks until its next task could not end its commit.
    atomics: 'disabled',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  const faults: unknown[] = []
  // Unheard, one would end the process.
  threads.on('error', (fault) => faults.push(fault))
  return { threads, faults }
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
    const ledger = ledgerOf(await answerTo(pool, work))
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

/** The thread goes on to the next hour before it answers; an error of `run` is one of the thread itself. */
async function answerTo({ threads, faults }: Pool, work: Omit<WorkerTask, 'answer'>): Promise<WorkerResult> {
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<WorkerResult>((resolve, reject) => {
    port1.once('message', resolve)
    port1.once('close', () => {
      const failed = `the thread of hour ${work.task.hour} ended before the hour was committed`
      reject(new DaysealError('internal', failed, { cause: faults.at(-1) }))
    })
  })
  // Where the thread fails, it has no answer, and nobody waits for one.
  answer.catch(() => undefined)
  try {
    await threads.run({ ...work, answer: port2 }, { transferList: [port2] })
    return await answer
  } finally {
    port1.close()
  }
}

function ledgerOf(result: WorkerResult): Ledger {
  if (result.kind === 'converted') return result.ledger
  const error = result.kind === 'failed' ? daysealError(result.error) : new Error(result.error.message)
  if (result.error.stack !== undefined) error.stack = result.error.stack
  throw error
}

function daysealError({ code, message, reason }: PlainError): DaysealError {
  return new DaysealError(code, message, reason === undefined ? {} : { reason })
}
