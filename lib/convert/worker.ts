import { parentPort } from 'node:worker_threads'
import { DaysealError } from '../errors.ts'
import { openStore } from '../store/open-store.ts'
import type { LaneWork } from './convert-hours.ts'
import type { Ledger } from './ledger.ts'
import { overlappingHours } from './overlap.ts'

/*
 * Runs in a worker thread, which lib/convert/worker-thread.ts starts: takes a lane's work as a message, one after another,
 * and answers with messages, of which the last is not `converted`. `stop` ends the work under way: it reaches the hours as
 * their signal, so that they can take back what they have begun to write.
 */

/** A lane's work for a thread: the stores as locations and settings, because stores do not cross threads. */
export interface WorkerTask extends Pick<LaneWork, 'tasks' | 'queue' | 's3'> {
  readonly archive: string
  readonly out: string
}

/** Errors lose their class between threads, and may hold what cannot cross at all: they cross as data. */
export type WorkerAnswer =
  /** The task with this index is done. */
  | { readonly kind: 'converted'; readonly task: number; readonly ledger: Ledger }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: PlainError }
  | { readonly kind: 'broken'; readonly error: Pick<PlainError, 'message' | 'stack'> }

export type PlainError = Pick<DaysealError, 'code' | 'message' | 'reason'> & { readonly stack: string | undefined }

const convertQueued = overlappingHours()
let stop = new AbortController()

parentPort?.on('message', (message: WorkerTask | 'stop') => {
  if (message === 'stop') stop.abort()
  else convertTask(message).then(answer)
})

function answer(message: WorkerAnswer): void {
  parentPort?.postMessage(message)
}

async function convertTask({ tasks, queue, archive, out, s3 }: WorkerTask): Promise<WorkerAnswer> {
  stop = new AbortController()
  try {
    const options = { s3, signal: stop.signal }
    const stores = { archive: openStore(archive, options), out: openStore(out, options) }
    const onConverted = (task: number, ledger: Ledger) => answer({ kind: 'converted', task, ledger })
    await convertQueued({ tasks, queue, stores, signal: stop.signal, onConverted })
    return { kind: 'done' }
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): WorkerAnswer {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof DaysealError)) return { kind: 'broken', error: { message, stack } }
  const { code, reason } = error
  return { kind: 'failed', error: { code, message, reason, stack } }
}
