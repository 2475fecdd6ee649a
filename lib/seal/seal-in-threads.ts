import { convertInThreads } from '../convert/convert-in-threads.ts'
import type { SealOutcome } from './outcome.ts'
import { type SealOptions, seal } from './seal.ts'

export interface SealInThreadsOptions extends Omit<SealOptions, 'converter'> {
  /** Hours converted at a time, each in a thread of its own (default: the cores). */
  readonly workers?: number
}

/**
 * `seal`, with threads that end with it. Memory: per thread one row group's columns (about 32 MiB of JSON) and about 60 MB
 * for itself; see `overlappingHours`.
 */
export async function sealInThreads({ workers, ...options }: SealInThreadsOptions): Promise<SealOutcome> {
  const converter = convertInThreads(workers)
  try {
    return await seal({ ...options, converter })
  } finally {
    await converter.close()
  }
}
