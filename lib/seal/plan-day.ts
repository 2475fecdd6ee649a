import { hoursGuard, parseDate, todayGuard } from '../archive/guards.ts'
import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { planHours } from './plan.ts'
import { isUnchanged, lookAround } from './situation.ts'

export interface PlanDayOptions {
  readonly dataset: Dataset
  readonly archive: ObjectStore
  readonly out: ObjectStore
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly now: Date
  /** Hours that make the day complete enough to be sealed, 1 to 24. */
  readonly minHours: number
}

/** What a seal of the day would find. Hours are "00" to "23". */
export type DayPlan =
  /** Sealed, and the archive looks as it did then. */
  | { readonly kind: 'sealed'; readonly date: string; readonly generation: number }
  /** The day is not over in UTC. */
  | { readonly kind: 'not-over'; readonly date: string; readonly today: string }
  | {
      /** `incomplete`: fewer than `minHours` hours have a source. */
      readonly kind: 'ready' | 'incomplete'
      readonly date: string
      readonly found: number
      readonly missing: readonly string[]
      /** Hours without a part of the present sources, or with one whose sources' etags have changed. */
      readonly hoursToConvert: readonly string[]
    }

/**
 * Says what a seal would do, from listings, ledgers and the newest manifest; writes nothing.
 * @throws DaysealError `usage`, `storage`, `corrupt`, `source` for clashing keys or a source that is gone and needed
 */
export async function planDay({ dataset, archive, out, date, now, minHours }: PlanDayOptions): Promise<DayPlan> {
  const today = todayGuard(parseDate(date), now)
  if (today.kind === 'refused') return { kind: 'not-over', date, today: today.today }
  const place = { dataset, date, archive, out, layout: parseLayout(dataset.archive.layout) }
  const { listing, previous, ledgers, configSha256 } = await lookAround(place)
  if (previous !== undefined && isUnchanged(previous, listing, false)) {
    return { kind: 'sealed', date, generation: previous.manifest.generation }
  }
  const plans = planHours({
    listing,
    ledgers,
    previous: previous?.manifest,
    configSha256,
    allowRemoval: false,
    force: false,
  })
  const hours = plans.map((plan) => plan.hour)
  const guard = hoursGuard(hours, minHours)
  const all = hoursGuard(hours, 24)
  return {
    kind: guard.kind === 'passed' ? 'ready' : 'incomplete',
    date,
    found: hours.length,
    missing: all.kind === 'refused' ? all.missing : [],
    hoursToConvert: plans.filter((plan) => plan.kind !== 'reuse').map((plan) => plan.hour),
  }
}
