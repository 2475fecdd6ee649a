import { convertInThreads } from '../convert/convert-in-threads.ts'
import { DaysealError } from '../errors.ts'
import type { SealOutcome } from './outcome.ts'
import { type SealOptions, seal } from './seal.ts'

export interface SealInThreadsOptions extends Omit<SealOptions, 'converter'> {
  /** Hours converted at a time, each in a thread of its own (default: the cores). */
  readonly workers?: number
}

/**
 * `seal`, with threads that end with it. Memory: per thread one row group's columns (about 32 MiB of JSON) and about 60 MB
 * for itself; see `overlappingHours`.
 * @throws DaysealError `usage` for a number of workers that is none, and what `seal` throws.
 */
export async function sealInThreads({ workers, ...options }: SealInThreadsOptions): Promise<SealOutcome> {
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1)) {
    throw new DaysealError('usage', 'workers is no number of threads', {
      seen: String(workers),
      wanted: 'a whole number from 1 on',
    })
  }
  const converter = convertInThreads(workers)
  try {
    return await seal({ ...options, converter })
  } finally {
    await converter.close()
  }
}
