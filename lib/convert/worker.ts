import type { MessagePort } from 'node:worker_threads'
import { DaysealError } from '../errors.ts'
import { openStore } from '../store/open-store.ts'
import type { S3Settings } from '../store/s3-settings.ts'
import type { ConvertTask } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'
import { overlappingHours } from './overlap.ts'

/** A task for a worker thread: the stores as locations and settings, because stores do not cross threads. */
export interface WorkerTask {
  readonly task: ConvertTask
  readonly archive: string
  readonly out: string
  readonly s3: S3Settings
  /** One 32-bit integer, 0 until all work has to stop. */
  readonly stop: SharedArrayBuffer
  /** Takes one `WorkerResult`. */
  readonly answer: MessagePort
}

/** Errors lose their class between threads, and may hold what cannot cross at all: they cross as data. */
export type WorkerResult =
  | { readonly kind: 'converted'; readonly ledger: Ledger }
  | { readonly kind: 'failed'; readonly error: PlainError }
  | { readonly kind: 'broken'; readonly error: Pick<PlainError, 'message' | 'stack'> }

export type PlainError = Pick<DaysealError, 'code' | 'message' | 'reason'> & { readonly stack: string | undefined }

const convertNext = overlappingHours()

/**
 * Runs in a worker thread (lib/convert/convert-hours.ts), and ends when the thread can begin with the next hour; the answer
 * comes when the hour is committed. A stop reaches the hour as its signal, so that it can take back what it has begun to
 * write.
 */
export default async function convertInWorker({ task, archive, out, s3, stop, answer }: WorkerTask): Promise<void> {
  const stores = { archive: openStore(archive, { s3 }), out: openStore(out, { s3 }) }
  const send = (result: WorkerResult) => {
    answer.postMessage(result)
    answer.close()
  }
  try {
    const { ledger } = await convertNext(task, stores, { signal: stopSignal(stop) })
    ledger.then(
      (done) => send({ kind: 'converted', ledger: done }),
      (error) => send(failure(error)),
    )
  } catch (error) {
    send(failure(error))
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
