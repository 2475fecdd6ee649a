import { hoursGuard, parseDate, todayGuard } from '../archive/guards.ts'
import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { emptyHours, withoutEmpty } from './empty-hours.ts'
import { refuseOtherOutput } from './own-output.ts'
import { planHours } from './plan.ts'
import { isUnchanged, lookAround } from './situation.ts'
import { hoursWithSilent, type UploadsRefusal, uploadsGuard } from './uploads-guard.ts'

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
      /** `incomplete`: fewer than `minHours` hours have a source or are silent, or more uploads may come. */
      readonly kind: 'ready' | 'incomplete'
      readonly date: string
      /** The newest committed generation; null for none. */
      readonly generation: number | null
      readonly found: number
      readonly missing: readonly string[]
      /** Why more uploads may come; undefined when none may, and for a dataset without uploads. */
      readonly uploads: UploadsRefusal | undefined
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
  await refuseOtherOutput(dataset, out)
  const situation = await lookAround(place)
  const { listing, previous, ledgers, configSha256, isRetired, uploadsState } = situation
  if (previous !== undefined && isUnchanged(previous, situation, false)) {
    return { kind: 'sealed', date, generation: previous.manifest.generation }
  }
  const plans = planHours({
    listing,
    ledgers,
    previous: previous?.manifest,
    configSha256,
    allowRemoval: false,
    isRetired,
    force: false,
  })
  const empty = emptyHours(plans.flatMap((plan) => (plan.kind === 'reuse' ? plan.ledger.sources : [])))
  const found = plans.map((plan) => plan.hour)
  const hours = hoursWithSilent(withoutEmpty(found, empty, dataset.guards), uploadsState)
  const guard = hoursGuard(hours, minHours)
  const all = hoursGuard(hours, 24)
  const uploads = uploadsGuard(uploadsState, now)
  return {
    kind: guard.kind === 'passed' && uploads.kind === 'passed' ? 'ready' : 'incomplete',
    date,
    generation: previous?.manifest.generation ?? null,
    found: hours.length,
    missing: all.kind === 'refused' ? all.missing : [],
    uploads: uploads.kind === 'passed' ? undefined : uploads,
    hoursToConvert: plans.filter((plan) => plan.kind !== 'reuse').map((plan) => plan.hour),
  }
}
