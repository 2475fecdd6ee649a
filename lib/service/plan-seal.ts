import { deadlineOf } from '../archive/deadline.ts'
import { HOURS, yesterday } from '../archive/guards.ts'
import type { Dataset } from '../config.ts'
import { planDay } from '../seal/plan-day.ts'
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
   * - `incomplete`: hours are missing
   * - `refused`: the day is not over in UTC
   */
  readonly kind: 'ready' | 'sealed' | 'incomplete' | 'refused'
  readonly hours_to_convert: readonly string[]
  readonly missing: readonly string[]
  readonly found: number
  /** Hours that are enough now: all 24 before the deadline, after it what the dataset's guard accepts. */
  readonly wanted: number
  /** Null for a dataset without a deadline. */
  readonly deadline: string | null
  readonly past_deadline: boolean
  /** How long to wait before looking again; 0 when there is nothing to wait for. */
  readonly wait_seconds: number
}

/** Missing hours come late by minutes, as a rule: looking again costs one listing. */
const LOOK_AGAIN_MS = 10 * 60_000

/** The day that a schedule means: the one before the time for which it was set, whenever it runs. */
export function scheduledDate(scheduledTime: Date): string {
  return yesterday(scheduledTime)
}

/**
 * Looks at a day, and says what has to be done before it can be sealed. Before the dataset's deadline a day waits for all
 * its hours; afterwards, and without a deadline, `guards.minHours` are enough.
 * @throws DaysealError as `planDay` does
 */
export async function planSeal(service: Service, { dataset: name, date }: SealRequest): Promise<SealPlan> {
  const dataset = datasetNamed(service, name)
  const now = service.now()
  const patience = patienceOf(dataset, date, now)
  const plan = await planDay({ dataset, ...service.openStores(dataset), date, now, minHours: patience.wanted })
  const none = { hours_to_convert: [], missing: [], found: HOURS.length }
  switch (plan.kind) {
    case 'not-over':
      return { ...patience, dataset: name, date, kind: 'refused', ...none, found: 0, wait_seconds: 0 }
    case 'sealed':
      return { ...patience, dataset: name, date, kind: 'sealed', ...none, wait_seconds: 0 }
    default: {
      const { kind, found, missing, hoursToConvert } = plan
      const wait = kind === 'incomplete' ? patience.wait_seconds : 0
      return {
        ...patience,
        dataset: name,
        date,
        kind,
        found,
        missing,
        hours_to_convert: hoursToConvert,
        wait_seconds: wait,
      }
    }
  }
}

function patienceOf(dataset: Dataset, date: string, now: Date) {
  const { deadline: time, minHours } = dataset.guards
  if (time === undefined) return { wanted: minHours, deadline: null, past_deadline: true, wait_seconds: 0 }
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
