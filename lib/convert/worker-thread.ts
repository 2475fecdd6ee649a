import { Worker } from 'node:worker_threads'
import { DaysealError } from '../errors.ts'
import { inTurn, type Lane, type LaneWork } from './convert-hours.ts'
import type { PlainError, WorkerAnswer, WorkerTask } from './worker.ts'

/**
 * A worker's few objects (buffers' headers, mostly) die young: with 8 MB the peak of the process is 12 MB higher, and nothing
 * gets faster. Measured on hours of 200 MB of JSON.
 */
const YOUNG_GENERATION_MB = 4

/** In the published package this file is bundled, and the worker lies beside the bundle. */
const FILE = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './convert-worker.js', import.meta.url)

/** A thread that runs lib/convert/worker.ts. Without work it does not keep the process. */
export interface WorkerThread {
  /** Rejects when the thread ends before it is done. */
  readonly lane: Lane
  /** Whether it has ended: by a fault of its own, or closed. */
  readonly ended: boolean
  close(): Promise<void>
}

export function startWorkerThread(file: URL = FILE): WorkerThread {
  const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } })
  worker.unref()
  let ended = false
  const end = Promise.withResolvers<never>()
  const endBy = (seen: string, cause?: unknown) => {
    ended = true
    end.reject(threadEnded(seen, cause))
  }
  worker.once('error', (error) => endBy(messageOf(error), error))
  worker.once('exit', (code) => endBy(`exit code ${code}`))
  // Whoever has work for it hears of it.
  end.promise.catch(() => undefined)
  return {
    lane: inTurn(async (work) => {
      worker.ref()
      try {
        await answered(worker, work, end.promise)
      } finally {
        worker.unref()
      }
    }),
    get ended() {
      return ended
    },
    async close() {
      await worker.terminate()
    },
  }
}

/** Gives the thread its work, and resolves when it is done. `end` rejects when the thread ends. */
async function answered(worker: Worker, work: LaneWork, end: Promise<never>): Promise<void> {
  const { tasks, queue, stores, s3, signal, onConverted } = work
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAnswer = (answer: WorkerAnswer) => {
    if (answer.kind === 'converted') onConverted(answer.task, answer.ledger)
    else if (answer.kind === 'done') resolve()
    else reject(errorOf(answer))
  }
  const stop = () => worker.postMessage('stop')
  worker.on('message', onAnswer)
  signal.addEventListener('abort', stop)
  try {
    const task: WorkerTask = { tasks, queue, archive: stores.archive.location, out: stores.out.location, s3 }
    worker.postMessage(task)
    if (signal.aborted) stop()
    await Promise.race([promise, end])
  } finally {
    worker.off('message', onAnswer)
    signal.removeEventListener('abort', stop)
  }
}

function threadEnded(seen: string, cause: unknown): DaysealError {
  return new DaysealError('internal', 'a thread that converts hours ended before its work did', {
    seen,
    hint: 'run again, with fewer workers where memory is short; if it happens again, install Dayseal again',
    cause,
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function errorOf(answer: Extract<WorkerAnswer, { readonly kind: 'failed' | 'broken' }>): Error {
  const error = answer.kind === 'failed' ? daysealError(answer.error) : new Error(answer.error.message)
  if (answer.error.stack !== undefined) error.stack = answer.error.stack
  return error
}

function daysealError({ code, message, reason }: PlainError): DaysealError {
  return new DaysealError(code, message, reason === undefined ? {} : { reason })
}
