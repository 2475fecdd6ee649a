import { Piscina } from 'piscina'
import { DaysealError } from '../errors.ts'
import { type ConvertStores, type ConvertTask, convertHour } from './convert-hour.ts'
import type { Ledger } from './ledger.ts'
import type { WorkerResult, WorkerTask } from './worker.ts'

export interface ConvertHoursOptions {
  /** Hours converted at a time; with 1 they are converted in this thread. */
  readonly workers: number
  readonly signal?: AbortSignal | undefined
  readonly onConverted?: (ledger: Ledger) => void
}

/**
 * Converts hours, each a function of its own task, so that the number of workers changes nothing but the time. The first
 * error ends it; hours that are done by then keep their parts. Ledgers come back in the order of the tasks.
 */
export async function convertHours(
  tasks: readonly ConvertTask[],
  stores: ConvertStores,
  options: ConvertHoursOptions,
): Promise<Ledger[]> {
  const workers = Math.min(options.workers, tasks.length)
  if (workers > 1) return convertInThreads(tasks, stores, workers, options)
  const ledgers: Ledger[] = []
  for (const task of tasks) {
    const ledger = await convertHour(task, stores, options.signal)
    options.onConverted?.(ledger)
    ledgers.push(ledger)
  }
  return ledgers
}

async function convertInThreads(
  tasks: readonly ConvertTask[],
  stores: ConvertStores,
  workers: number,
  { signal, onConverted }: ConvertHoursOptions,
): Promise<Ledger[]> {
  // In the published package this file is bundled, and the worker lies beside the bundle.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './convert-worker.js'
  const pool = new Piscina<WorkerTask, WorkerResult>({
    filename: new URL(file, import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
  })
  const stop = new AbortController()
  const abort = AbortSignal.any(signal === undefined ? [stop.signal] : [stop.signal, signal])
  try {
    const running = tasks.map(async (task) => {
      const ledger = ledgerOf(
        await pool.run({ task, archive: stores.archive.location, out: stores.out.location }, { signal: abort }),
      )
      onConverted?.(ledger)
      return ledger
    })
    return await Promise.all(running)
  } catch (error) {
    stop.abort()
    signal?.throwIfAborted()
    throw error
  } finally {
    await pool.destroy()
  }
}

function ledgerOf(result: WorkerResult): Ledger {
  if (result.kind === 'converted') return result.ledger
  const error = new DaysealError(result.code, result.message)
  if (result.stack !== undefined) error.stack = result.stack
  throw error
}
