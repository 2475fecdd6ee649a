import { deadlineOf } from '../archive/deadline.ts'
import { HOURS, yesterday } from '../archive/guards.ts'
import type { Dataset } from '../config.ts'
import { type DayPlan, planDay } from '../seal/plan-day.ts'
import { uploadsText } from '../seal/uploads-text.ts'
import { datasetNamed, type Service } from './service.ts'

export interface SealRequest {
  readonly dataset: string
  /** `YYYY-MM-DD`. */
  readonly date: string
}

/** What a state machine decides by: plain data, a few kB. Hours are "00" to "23". */
export interface SealPlan {
  readonly dataset: string
  readonly date: string
  /**
   * - `ready`: there are enough hours
   * - `sealed`: and the archive looks as it did then
   * - `incomplete`: hours are missing, or more uploads may come
   * - `refused`: the day is not over in UTC
   */
  readonly kind: 'ready' | 'sealed' | 'incomplete' | 'refused'
  /** The newest committed generation; null for none, and for a day that is not over. */
  readonly generation: number | null
  readonly hours_to_convert: readonly string[]
  readonly missing: readonly string[]
  readonly found: number
  /** Hours that are enough now: all 24 before the deadline, after it what the dataset's guard accepts. */
  readonly wanted: number
  /** Why more uploads may come; null when none may, and for a dataset without uploads. */
  readonly uploads: string | null
  readonly deadline: string
  /** Whether there is nothing to wait for any more. Uploads' quiet time alone is waited for beyond the deadline. */
  readonly past_deadline: boolean
  /** How long to wait before looking again; 0 when there is nothing to wait for. */
  readonly wait_seconds: number
}

/** Missing hours come late by minutes, as a rule: looking again costs one listing. */
const LOOK_AGAIN_MS = 10 * 60_000

/** How long after the deadline a day with enough hours waits for its quiet time: executions last 36 hours at most. */
const QUIET_GRACE_MS = 12 * 3_600_000

/** The day that a schedule means: the one before the time for which it was set, whenever it runs. */
export function scheduledDate(scheduledTime: Date): string {
  return yesterday(scheduledTime)
}

/**
 * Looks at a day, and says what has to be done before it can be sealed. Before the dataset's deadline a day waits for all
 * its hours; afterwards `guards.minHours` are enough. An upload in flight is waited for like an hour; the quiet time after
 * the last upload, which passes by itself, beyond the deadline too.
 * @throws DaysealError as `planDay` does
 */
export async function planSeal(service: Service, { dataset: name, date }: SealRequest): Promise<SealPlan> {
  const dataset = datasetNamed(service, name)
  const now = service.now()
  const patience = patienceOf(dataset, date, now)
  const plan = await planDay({ dataset, ...service.openStores(dataset), date, now, minHours: patience.wanted })
  const none = { hours_to_convert: [], missing: [], found: HOURS.length, uploads: null }
  switch (plan.kind) {
    case 'not-over':
      return { ...patience, dataset: name, date, kind: 'refused', generation: null, ...none, found: 0, wait_seconds: 0 }
    case 'sealed':
      return { ...patience, dataset: name, date, kind: 'sealed', generation: plan.generation, ...none, wait_seconds: 0 }
    default: {
      const { hoursToConvert, uploads: refusal, ...seen } = plan
      const uploads = refusal === undefined ? null : uploadsText(refusal)
      const wait = seen.kind === 'incomplete' ? waitFor(plan, patience, now) : { ...patience, wait_seconds: 0 }
      return { ...wait, ...seen, dataset: name, hours_to_convert: hoursToConvert, uploads }
    }
  }
}

function patienceOf(dataset: Dataset, date: string, now: Date) {
  const { deadline: time, minHours } = dataset.guards
  const deadline = deadlineOf(date, time)
  const left = deadline.getTime() - now.getTime()
  const past = left <= 0
  return {
    wanted: past ? minHours : HOURS.length,
    deadline: deadline.toISOString(),
    past_deadline: past,
    wait_seconds: past ? 0 : Math.ceil(Math.min(left, LOOK_AGAIN_MS) / 1000),
  }
}

type OpenPlan = Extract<DayPlan, { readonly kind: 'ready' | 'incomplete' }>
type Patience = ReturnType<typeof patienceOf>

/** Where nothing but the quiet time is missing, it is known when to look again. */
function waitFor({ uploads, found }: OpenPlan, patience: Patience, now: Date): Patience {
  if (uploads?.kind !== 'not-quiet' || found < patience.wanted) return patience
  const left = Date.parse(patience.deadline) + QUIET_GRACE_MS - now.getTime()
  if (left <= 0) return patience
  const wait = Math.min(left, LOOK_AGAIN_MS, uploads.until.getTime() - now.getTime())
  return { ...patience, past_deadline: false, wait_seconds: Math.ceil(wait / 1000) }
}
