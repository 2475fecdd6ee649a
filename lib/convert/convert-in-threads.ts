import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Piscina } from 'piscina'
import { DaysealError } from '../errors.ts'
import { thisThread } from './convert-here.ts'
import { type Converter, converterOf, type Lane, type Lanes, type LaneWork } from './convert-hours.ts'
import type { Converted, PlainError, WorkerResult, WorkerTask } from './worker.ts'

/**
 * A worker's few objects (buffers' headers, mostly) die young: with 8 MB the peak of the process is 12 MB higher, and nothing
 * gets faster. Measured on hours of 200 MB of JSON.
 */
const YOUNG_GENERATION_MB = 4

/**
 * Converts hours in worker threads, by default one per core: the caller's own thread stays free. Memory: per worker that of
 * `overlappingHours`, and about 60 MB for the thread.
 */
export function convertInThreads(workers: number = availableParallelism()): Converter {
  return converterOf(otherThreads(workers))
}

/**
 * Converts hours in this thread, which is the first of the workers, and in worker threads: by default as many as there are
 * cores. A single hour or worker needs no other thread. Memory: that of `convertInThreads`, less a thread.
 */
export function convertHereAndInThreads(workers: number = availableParallelism()): Converter {
  const here = thisThread()
  const others = otherThreads(workers - 1)
  return converterOf({
    async start(hours) {
      return (await Promise.all([here.start(1), others.start(hours - 1)])).flat()
    },
    async close() {
      await Promise.all([here.close(), others.close()])
    },
  })
}

function otherThreads(most: number): Lanes {
  let pool: Promise<Pool> | undefined
  return {
    async start(hours) {
      const threads = Math.min(hours, most)
      if (threads === 0) return []
      pool ??= startPool(threads, most)
      const lane = laneOf(await pool)
      return Array.from({ length: threads }, () => lane)
    },
    async close() {
      await (await pool)?.destroy()
    },
  }
}

type Pool = Piscina<WorkerTask, WorkerResult>

/** `first` threads start at once; one more starts when all are busy, and stays. */
async function startPool(first: number, most: number): Promise<Pool> {
  // Loaded with the first hour: most commands convert nothing.
  const { Piscina } = await import('piscina')
  // In the published package this file is bundled, and the worker lies beside the bundle.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './convert-worker.js'
  const pool: Pool = new Piscina<WorkerTask, WorkerResult>({
    filename: new URL(file, import.meta.url).href,
    minThreads: first,
    maxThreads: most,
    idleTimeout: Number.POSITIVE_INFINITY,
    // A thread that blocks until its next task could not end what it has begun: closing its port, or connections.
    atomics: 'disabled',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  // Of a thread that has no work, and is replaced. Unheard, it would end the process.
  pool.on('error', () => undefined)
  return pool
}

/** Whichever thread is free takes the work. */
function laneOf(pool: Pool): Lane {
  return async ({ tasks, queue, stores: { archive, out }, s3, signal, onConverted }) => {
    const { port1, port2 } = new MessageChannel()
    const answered = answersFrom(port1, onConverted)
    const { shared, forget } = stopOf(signal)
    const work = { tasks, queue, archive: archive.location, out: out.location, s3, stop: shared, answers: port2 }
    try {
      const result = await pool.run(work, { transferList: [port2] })
      await answered
      if (result.kind !== 'done') throw errorOf(result)
    } finally {
      port1.close()
      forget()
    }
  }
}

/** Ends when the thread has no more answers. */
function answersFrom(port: MessagePort, onConverted: LaneWork['onConverted']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  port.on('message', ({ task, ledger }: Converted) => onConverted(task, ledger))
  port.once('close', () => resolve())
  return promise
}

/** The signal as what crosses to a thread: an integer that is no longer 0 once it has come. */
function stopOf(signal: AbortSignal) {
  const shared = new SharedArrayBuffer(4)
  const stop = () => {
    const flag = new Int32Array(shared)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  return { shared, forget: () => signal.removeEventListener('abort', stop) }
}

function errorOf(result: Exclude<WorkerResult, { kind: 'done' }>): Error {
  const error = result.kind === 'failed' ? daysealError(result.error) : new Error(result.error.message)
  if (result.error.stack !== undefined) error.stack = result.error.stack
  return error
}

function daysealError({ code, message, reason }: PlainError): DaysealError {
  return new DaysealError(code, message, reason === undefined ? {} : { reason })
}
