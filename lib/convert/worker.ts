import type { MessagePort } from 'node:worker_threads'
import { DaysealError } from '../errors.ts'
import { openStore } from '../store/open-store.ts'
import type { LaneWork } from './convert-hours.ts'
import type { Ledger } from './ledger.ts'
import { overlappingHours } from './overlap.ts'

/** A lane's work for a thread: the stores as locations and settings, because stores do not cross threads. */
export interface WorkerTask extends Pick<LaneWork, 'tasks' | 'queue' | 's3'> {
  readonly archive: string
  readonly out: string
  /** One 32-bit integer, 0 until all work has to stop. */
  readonly stop: SharedArrayBuffer
  /** Takes a `Converted` for each hour, and is closed when there will be no more. */
  readonly answers: MessagePort
}

/** The task with this index is done. */
export interface Converted {
  readonly task: number
  readonly ledger: Ledger
}

/** Errors lose their class between threads, and may hold what cannot cross at all: they cross as data. */
export type WorkerResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: PlainError }
  | { readonly kind: 'broken'; readonly error: Pick<PlainError, 'message' | 'stack'> }

export type PlainError = Pick<DaysealError, 'code' | 'message' | 'reason'> & { readonly stack: string | undefined }

const convertQueued = overlappingHours()

/**
 * Runs in a worker thread (lib/convert/convert-in-threads.ts). A stop reaches the hours as their signal, so that they can
 * take back what they have begun to write.
 */
export default async function convertInWorker(work: WorkerTask): Promise<WorkerResult> {
  const { tasks, queue, archive, out, s3, stop, answers } = work
  const stores = { archive: openStore(archive, { s3 }), out: openStore(out, { s3 }) }
  const onConverted = (task: number, ledger: Ledger) => {
    const converted: Converted = { task, ledger }
    answers.postMessage(converted)
  }
  try {
    await convertQueued({ tasks, queue, stores, signal: stopSignal(stop), onConverted })
    return { kind: 'done' }
  } catch (error) {
    return failure(error)
  } finally {
    answers.close()
  }
}

function failure(error: unknown): WorkerResult {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof DaysealError)) return { kind: 'broken', error: { message, stack } }
  const { code, reason } = error
  return { kind: 'failed', error: { code, message, reason, stack } }
}

function stopSignal(stop: SharedArrayBuffer): AbortSignal {
  const controller = new AbortController()
  const waiting = Atomics.waitAsync(new Int32Array(stop), 0, 0)
  if (waiting.async) waiting.value.then(() => controller.abort())
  else controller.abort()
  return controller.signal
}
