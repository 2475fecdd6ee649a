import { Worker } from 'node:worker_threads'
import { DaysealError, messageOf } from '../errors.ts'
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
  try {
    return threadOf(new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } }))
  } catch (cause) {
    return threadWithout(notStarted(cause))
  }
}

function threadOf(worker: Worker): WorkerThread {
  worker.unref()
  const end = new AbortController()
  worker.once('error', (error) => end.abort(threadEnded(messageOf(error), error)))
  worker.once('exit', (code) => end.abort(threadEnded(`exit code ${code}`, undefined)))
  return {
    lane: inTurn(async (work) => {
      worker.ref()
      try {
        await answered(worker, work, end.signal)
      } finally {
        worker.unref()
      }
    }),
    get ended() {
      return end.signal.aborted
    },
    async close() {
      await worker.terminate()
    },
  }
}

/** What the system refused is told to whoever has work for it. */
function threadWithout(fault: DaysealError): WorkerThread {
  return { lane: () => Promise.reject(fault), ended: true, close: async () => undefined }
}

/** Gives the thread its work, and resolves when it is done. `end` comes when the thread ends. */
async function answered(worker: Worker, work: LaneWork, end: AbortSignal): Promise<void> {
  const { tasks, queue, stores, s3, signal, onConverted } = work
  signal.throwIfAborted()
  end.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAnswer = (answer: WorkerAnswer) => {
    if (answer.kind === 'converted') onConverted(answer.task, answer.ledger)
    else if (answer.kind === 'done') resolve()
    else reject(errorOf(answer))
  }
  const stop = () => worker.postMessage('stop')
  const onEnd = () => reject(end.reason)
  worker.on('message', onAnswer)
  signal.addEventListener('abort', stop)
  end.addEventListener('abort', onEnd)
  try {
    const task: WorkerTask = { tasks, queue, archive: stores.archive.location, out: stores.out.location, s3 }
    worker.postMessage(task)
    await promise
  } finally {
    worker.off('message', onAnswer)
    signal.removeEventListener('abort', stop)
    end.removeEventListener('abort', onEnd)
  }
}

function notStarted(cause: unknown): DaysealError {
  return new DaysealError('internal', 'a thread that converts hours could not be started', {
    seen: messageOf(cause),
    hint: 'run again with fewer workers, or let the process have more threads',
    cause,
  })
}

function threadEnded(seen: string, cause: unknown): DaysealError {
  return new DaysealError('internal', 'a thread that converts hours ended before its work did', {
    seen,
    hint: 'run again, with fewer workers where memory is short; if it happens again, install Dayseal again',
    cause,
  })
}

function errorOf(answer: Extract<WorkerAnswer, { readonly kind: 'failed' | 'broken' }>): Error {
  const error = answer.kind === 'failed' ? daysealError(answer.error) : new Error(answer.error.message)
  if (answer.error.stack !== undefined) error.stack = answer.error.stack
  return error
}

function daysealError({ code, message, reason }: PlainError): DaysealError {
  return new DaysealError(code, message, reason === undefined ? {} : { reason })
}
