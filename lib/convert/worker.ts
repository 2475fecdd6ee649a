import { DaysealError } from '../errors.ts'
import { Scanner } from '../shred/scanner.ts'
import { openStore } from '../store/open-store.ts'
import type { S3Settings } from '../store/s3-settings.ts'
import { type ConvertTask, convertHour } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'

/** A task for a worker thread: the stores as locations and settings, because stores do not cross threads. */
export interface WorkerTask {
  readonly task: ConvertTask
  readonly archive: string
  readonly out: string
  readonly s3: S3Settings
  /** One 32-bit integer, 0 until all work has to stop. */
  readonly stop: SharedArrayBuffer
}

/** Errors lose their class between threads, so they cross as data. */
export type WorkerResult =
  | { readonly kind: 'converted'; readonly ledger: Ledger }
  | { readonly kind: 'failed'; readonly error: PlainError }

export type PlainError = Pick<DaysealError, 'code' | 'message' | 'reason'> & { readonly stack: string | undefined }

/** A thread converts one hour at a time. */
const scanner = new Scanner()

/**
 * Runs in a worker thread (lib/convert/convert-hours.ts). A stop reaches `convertHour` as its signal, so that it can take
 * back what it has begun to write. Faults that are no DaysealError are thrown as they are.
 */
export default async function convertInWorker({ task, archive, out, s3, stop }: WorkerTask): Promise<WorkerResult> {
  const stores = { archive: openStore(archive, { s3 }), out: openStore(out, { s3 }) }
  try {
    const ledger = await convertHour(task, stores, { signal: stopSignal(stop), scanner })
    return { kind: 'converted', ledger }
  } catch (error) {
    if (!(error instanceof DaysealError)) throw error
    const { code, message, reason, stack } = error
    return { kind: 'failed', error: { code, message, reason, stack } }
  }
}

function stopSignal(stop: SharedArrayBuffer): AbortSignal {
  const controller = new AbortController()
  const waiting = Atomics.waitAsync(new Int32Array(stop), 0, 0)
  if (waiting.async) waiting.value.then(() => controller.abort())
  else controller.abort()
  return controller.signal
}
