import { dateRange } from '../archive/guards.ts'
import { DaysealError } from '../errors.ts'
import type { SealRequest } from './plan-seal.ts'
import { datasetNamed, type Service } from './service.ts'

export interface RangeRequest {
  readonly dataset: string
  /** `YYYY-MM-DD`, both included. */
  readonly from: string
  readonly to: string
}

export interface PlannedRange {
  readonly dataset: string
  readonly days: readonly SealRequest[]
}

/** What a state of Step Functions may hold ("Quotas": 256 KiB), with room for what else is in it. */
const MOST_BYTES = 248 * 1024
/** What a backfill keeps of a day that has ended. */
const ENDED_BYTES = '{"date":"2025-01-01","outcome":"sealed"},'.length
/** All their dates fit the cause of a failed execution: 32,768 characters. */
const MOST_DAYS = 2500

/** The days of a backfill. Throws `usage` for more than one can hold at its end, for no range, and for no dataset. */
export function planRange(service: Service, { dataset: name, from, to }: RangeRequest): PlannedRange {
  const dataset = datasetNamed(service, name).name
  const days = dateRange(from, to).map((date) => ({ dataset, date }))
  const dayBytes = JSON.stringify(days[0]).length + 1 + ENDED_BYTES
  const most = Math.min(MOST_DAYS, Math.floor(MOST_BYTES / dayBytes))
  if (days.length <= most) return { dataset, days }
  throw new DaysealError('usage', 'too many days for one backfill', {
    seen: String(days.length),
    wanted: `at most ${most}`,
    hint: 'fill a part of them after another',
  })
}
