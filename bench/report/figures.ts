import type { Equality } from '../equality/outputs.ts'
import type { JoinShare } from '../join-share.ts'
import type { ContenderId } from '../measure/in-turn.ts'
import { median } from '../measure/median.ts'
import type { Sample } from '../measure/run-child.ts'

/** What a workload's runs came to, before anything is computed from it. */
export interface WorkloadResult {
  readonly workload: string
  readonly about: string
  readonly rows: number
  readonly files: number
  readonly jsonBytes: number
  readonly gzipBytes: number
  readonly contenders: readonly ContenderResult[]
  readonly equality: readonly Equality[]
  readonly join: { readonly first: JoinShare; readonly learnt: JoinShare } | null
}

export interface ContenderResult {
  readonly id: ContenderId
  readonly threads: number
  readonly samples: readonly Sample[]
  readonly outputBytes: number
}

/** One line of the table. */
export interface Figures {
  readonly id: ContenderId
  readonly threads: number
  /** Median of the rounds, and their smallest and largest. */
  readonly wallMs: number
  readonly wallMinMs: number
  readonly wallMaxMs: number
  /** Median. */
  readonly cpuMs: number
  /** Largest of the rounds. */
  readonly peakRssBytes: number
  readonly outputBytes: number
  /** This wall time ÷ that of our first seal, and of our seal with a learnt schema, with as many threads. */
  readonly dividedByFirst: number
  readonly dividedByLearnt: number
  /** These bytes ÷ those of DuckDB given the schema. */
  readonly bytesRatio: number
  /** Bytes of JSON per second of CPU time. */
  readonly bytesPerCpuSecond: number
  readonly dollarsPerTerabyte: number
}

/** AWS Lambda on arm64: dollars per GB-second (us-east-1, first tier), and the memory that comes with one whole vCPU. */
const DOLLARS_PER_GB_SECOND = 0.0000133334
const MB_PER_VCPU = 1_769
/** Lambda bills memory in units of 1,024 MB. */
const MB_PER_GB = 1_024
const TERABYTE = 1e12

export function figuresOf({ contenders, jsonBytes }: WorkloadResult): Figures[] {
  return contenders.map(({ id, threads, samples, outputBytes }) => {
    const walls = samples.map(({ wallMs }) => wallMs)
    const wallMs = median(walls)
    const cpuMs = median(samples.map((sample) => sample.cpuMs))
    const bytesPerCpuSecond = jsonBytes / (cpuMs / 1_000)
    const wallOf = (other: ContenderId) =>
      median(find(contenders, other, threads).samples.map((sample) => sample.wallMs))
    return {
      id,
      threads,
      wallMs,
      wallMinMs: Math.min(...walls),
      wallMaxMs: Math.max(...walls),
      cpuMs,
      peakRssBytes: Math.max(...samples.map(({ peakRssBytes }) => peakRssBytes)),
      outputBytes,
      dividedByFirst: wallMs / wallOf('dayseal-first'),
      dividedByLearnt: wallMs / wallOf('dayseal-learnt'),
      bytesRatio: outputBytes / find(contenders, 'duckdb-schema', threads).outputBytes,
      bytesPerCpuSecond,
      dollarsPerTerabyte: lambdaDollars(TERABYTE / bytesPerCpuSecond),
    }
  })
}

/** What so many seconds of one vCPU cost, if Lambda's is as fast as the core that was measured. */
export function lambdaDollars(cpuSeconds: number): number {
  return cpuSeconds * (MB_PER_VCPU / MB_PER_GB) * DOLLARS_PER_GB_SECOND
}

function find(contenders: readonly ContenderResult[], id: ContenderId, threads: number): ContenderResult {
  const found = contenders.find((contender) => contender.id === id && contender.threads === threads)
  if (found === undefined) throw new RangeError(`${id} did not run with ${threads} threads`)
  return found
}
