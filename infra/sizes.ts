import type { Deployment } from '../lib/deployment.ts'
import { DaysealError } from '../lib/errors.ts'
import type { Step } from './state-machines/definition.ts'

/** What a function may use. */
export interface FunctionSize {
  readonly memoryMb: number
  readonly timeoutSeconds: number
  /** `/tmp`. */
  readonly ephemeralMb: number
}

export interface Workload {
  /** Bytes of JSON. */
  readonly largestHour: number
  readonly largestDay: number
  /** The longest line that a dataset accepts, bytes. */
  readonly longestLine: number
}

/** Lambda's own limits (docs.aws.amazon.com/lambda, "Quotas"). */
const MOST_SECONDS = 900
const MOST_MEMORY_MB = 10_240

/** One whole vCPU: less memory is a part of one, and more would be further ones, of which one thread has no use. */
const ONE_CPU_MB = 1769

/** What the smallest functions do is wait for other services; less memory makes them start slower. */
const SMALL_MB = 512

/** Nothing is kept on disk: objects stream through memory. 512 MB is what there is at least. */
const NO_DISK_MB = 512

/*
 * JSON that one vCPU does in a second. `npm run bench:lambda` measured 93 to 111 MB/s for converting, 770 and more for
 * sealing, 119 to 127 for verifying. These are less than half, for S3 and for a slower core; sealing waits for S3 most of all.
 */
/** An hour may be read twice, when its schema widens. */
const CONVERT_BYTES = 40e6
/** Parts are hashed, joined, written and read back. */
const JOIN_BYTES = 150e6
/** Sealed columns are decoded and checked. */
const VERIFY_BYTES = 40e6

/** For the start, listings, slow answers and what must be taken back at the end. */
const SPARE_SECONDS = 60

/** Row groups, scanner and uploads: what any hour takes. A line is held a few times more while it is taken apart. */
const CONVERT_MB = 512
const COPIES_OF_A_LINE = 8

/**
 * The size of each function for the largest hour and day. Memory is for one vCPU unless lines are very long. Time is
 * what the work takes and as much again: it costs nothing unless it is used. Seal has time to convert every hour once
 * more, which happens when the hours of a first day disagree. Verify has all there is: its schedule gives it several days.
 * @throws DaysealError `usage` for an hour or a day that one function cannot do in 15 minutes, or lines that do not fit
 */
export function functionSizes(workload: Workload): Readonly<Record<Step, FunctionSize>> {
  const { largestHour, largestDay } = workload
  const memoryMb = memoryFor(workload)
  const convert = SPARE_SECONDS + (2 * largestHour) / CONVERT_BYTES
  const seal = SPARE_SECONDS + largestDay / CONVERT_BYTES + largestDay / JOIN_BYTES
  const verify = SPARE_SECONDS + largestDay / VERIFY_BYTES
  return {
    Plan: { memoryMb: SMALL_MB, timeoutSeconds: 120, ephemeralMb: NO_DISK_MB },
    Convert: { memoryMb, timeoutSeconds: within('largestHour', convert), ephemeralMb: NO_DISK_MB },
    Seal: { memoryMb, timeoutSeconds: within('largestDay', seal), ephemeralMb: NO_DISK_MB },
    Verify: { memoryMb, timeoutSeconds: Math.max(within('largestDay', verify), MOST_SECONDS), ephemeralMb: NO_DISK_MB },
    Conclude: { memoryMb: SMALL_MB, timeoutSeconds: 60, ephemeralMb: NO_DISK_MB },
  }
}

/** The size of the export function: its memory and disk are what the deployment says, its time is all there is. */
export function exportSize({
  exportMemory,
  exportScratch,
}: Pick<Deployment, 'exportMemory' | 'exportScratch'>): FunctionSize {
  return { memoryMb: mebibytes(exportMemory), timeoutSeconds: MOST_SECONDS, ephemeralMb: mebibytes(exportScratch) }
}

/** The size of the function that partitions uploads: its disk is what the deployment says, its time is all there is. */
export function partitionSize({
  uploadScratch,
  longestLine,
}: Pick<Deployment, 'uploadScratch'> & Pick<Workload, 'longestLine'>): FunctionSize {
  return { memoryMb: memoryFor({ longestLine }), timeoutSeconds: MOST_SECONDS, ephemeralMb: mebibytes(uploadScratch) }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}

function memoryFor({ longestLine }: Pick<Workload, 'longestLine'>): number {
  const memory = Math.max(ONE_CPU_MB, Math.ceil(CONVERT_MB + (COPIES_OF_A_LINE * longestLine) / 2 ** 20))
  if (memory <= MOST_MEMORY_MB) return memory
  throw new DaysealError('usage', 'lines are too long for a Lambda function', {
    seen: `limits.maxLineBytes of ${longestLine}`,
    wanted: `at most ${((MOST_MEMORY_MB - CONVERT_MB) / COPIES_OF_A_LINE) * 2 ** 20}`,
  })
}

/** Whole seconds. */
function within(setting: 'largestHour' | 'largestDay', seconds: number): number {
  if (seconds <= MOST_SECONDS) return Math.ceil(seconds)
  throw new DaysealError('usage', `deployment.${setting} is too large for one Lambda function`, {
    seen: `about ${Math.ceil(seconds)} s of work`,
    wanted: `at most ${MOST_SECONDS} s`,
    hint: 'make the datasets smaller, or run `dayseal seal` on a machine',
  })
}
