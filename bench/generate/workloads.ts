import { seededRandom } from '../../cli/demo/random.ts'
import { flatLine } from './flat-line.ts'
import { isoMicros, marketHour } from './market.ts'
import { nestedLine } from './nested-line.ts'

export const WORKLOAD_NAMES = ['flat', 'flat-large-files', 'nested'] as const
export type WorkloadName = (typeof WORKLOAD_NAMES)[number]

/** The day of every workload: past, and a plain one. */
export const BENCH_DATE = '2025-03-14'

export interface Workload {
  readonly name: WorkloadName
  readonly about: string
  /** The hour files, in order. */
  readonly hours: readonly HourPlan[]
  /** The lines of one hour file without their ends, a function of the seed and the hour. */
  readonly lines: (seed: number, plan: HourPlan) => Generator<string>
}

export interface HourPlan {
  readonly hour: number
  readonly rows: number
}

/** How large a workload is: `full` is what the figures are about, `quick` a few megabytes of the same in every sixth hour. */
export type Size = { readonly kind: 'quick' } | { readonly kind: 'full'; readonly scale: number }

/** Of 1,000 rows, how many each hour gets: quiet nights, two peaks. */
const PER_MILLE = [18, 12, 9, 8, 8, 11, 20, 34, 50, 58, 60, 58, 62, 60, 56, 54, 55, 60, 68, 72, 66, 50, 32, 19] as const
const HOUR_MS = 3_600_000

export function workload(name: WorkloadName, size: Size): Workload {
  const scale = size.kind === 'quick' ? 1 / 20 : size.scale
  const planned = plan(name, scale)
  return size.kind === 'quick' ? { ...planned, hours: planned.hours.filter(({ hour }) => hour % 6 === 5) } : planned
}

function plan(name: WorkloadName, scale: number): Workload {
  switch (name) {
    case 'flat':
      return { name, about: 'flat logs', hours: diurnal(Math.round(1_000_000 * scale)), lines: flatLines }
    case 'flat-large-files': {
      const rows = Math.round(250_000 * scale)
      const hours = [5, 11, 17, 23].map((hour) => ({ hour, rows }))
      return { name, about: 'flat logs in few files', hours, lines: flatLines }
    }
    case 'nested': {
      const hours = PER_MILLE.map((_, hour) => ({ hour, rows: Math.ceil((151 + (hour % 5) * 6) * scale) }))
      return { name, about: 'nested snapshots with lists of about 750 structs', hours, lines: nestedLines }
    }
  }
}

export function rowsOf({ hours }: Workload): number {
  return hours.reduce((sum, { rows }) => sum + rows, 0)
}

/** `rows` over the hours of the day; what rounding leaves goes to the last. */
function diurnal(rows: number): HourPlan[] {
  const total = PER_MILLE.reduce((sum, share) => sum + share, 0)
  const hours = PER_MILLE.map((share, hour) => ({ hour, rows: Math.floor((rows * share) / total) }))
  const rest = rows - hours.reduce((sum, plan) => sum + plan.rows, 0)
  return hours.map((plan, i) => (i === hours.length - 1 ? { ...plan, rows: plan.rows + rest } : plan))
}

function* flatLines(seed: number, { hour, rows }: HourPlan): Generator<string> {
  const random = seededRandom(hourSeed(seed, hour))
  const start = startOf(hour)
  for (let row = 0; row < rows; row++) {
    const at = start + Math.floor((row * HOUR_MS) / rows)
    yield flatLine(random, hour, isoMicros(at, random.int(0, 999), 'Z'))
  }
}

function* nestedLines(seed: number, { hour, rows }: HourPlan): Generator<string> {
  const random = seededRandom(hourSeed(seed, hour))
  const start = startOf(hour)
  const market = marketHour(random, start, 160)
  for (let row = 0; row < rows; row++) {
    yield nestedLine(random, market, hour, row, start + Math.floor((row * HOUR_MS) / rows))
  }
}

function startOf(hour: number): number {
  return Date.parse(`${BENCH_DATE}T00:00:00Z`) + hour * HOUR_MS
}

/** Each hour has numbers of its own, whatever the others have. */
function hourSeed(seed: number, hour: number): number {
  return Math.imul(seed * 24 + hour + 1, 0x9e3779b1)
}
