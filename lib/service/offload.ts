import { failureText } from '../catalog/source-record.ts'
import { DaysealError, messageOf } from '../errors.ts'
import { lastDayOlderThan } from '../export/archive/age.ts'
import { removeLitter } from '../export/archive/archive-place.ts'
import { daysToOffload } from '../export/archive/days-to-offload.ts'
import { type OffloadOptions, type OffloadOutcome, offloadDay } from '../export/archive/offload-day.ts'
import { failureName } from './failure-name.ts'
import { datasetNamed, type Service } from './service.ts'

export interface OffloadRequest {
  readonly dataset: string
  /** The time that the schedule was set for, however late it runs: days are as old as they were then. */
  readonly scheduled: Date
  readonly signal: AbortSignal
}

/** Plain data of bounded size. */
export interface OffloadedDays {
  readonly dataset: string
  /** Of the days whose sources went into zips, or were deleted; null for none. */
  readonly first_day: string | null
  readonly last_day: string | null
  readonly days: number
  /** Source files that went into zips, and their bytes. */
  readonly files: number
  readonly bytes: number
  readonly deleted: number
  /** Days that there was no time for: they are for the next run. */
  readonly left: number
}

/**
 * Offloads the sealed days that the dataset's policy is about and that are not offloaded yet, oldest first, until `signal`
 * ends it: a day that was cut is begun again by the next run. Announces what was done, and each day that could not be;
 * such a day stops no other.
 * Memory: that of `offloadDay`.
 * @throws DaysealError as `offloadDay` does, once all days had their turn; `source` for a day that does not verify, or with
 * a source that changed meanwhile; `usage` for a dataset without a policy. The signal's reason when there was not time
 * enough for one day. An AggregateError of several days' failures
 */
export async function offloadDays(service: Service, request: OffloadRequest): Promise<OffloadedDays> {
  const { dataset, policy } = policyOf(service, request.dataset)
  const { archive, out } = service.openStores(dataset)
  const { signal } = request
  const to = { store: out, prefix: 'offloads/' }
  const sources = policy.deleteSource ? 'delete' : 'keep'
  const places = { dataset, archive, out, to, sources, signal } as const
  await removeLitter(to, service.now())
  const dates = await daysToOffload(places, lastDayOlderThan(policy.olderThan, request.scheduled))
  const ends: DayEnd[] = []
  for (const date of dates) {
    const end = await offloadOne({ ...places, date, now: service.now() }, ends.length === 0)
    if (end.kind === 'out-of-time') break
    if (end.kind === 'failed') await tellFailed(service, dataset.name, end)
    ends.push(end)
    if (signal.aborted) break
  }
  const done = { dataset: dataset.name, ...sumOf(ends), left: dates.length - ends.length }
  if (done.days > 0) {
    const { first_day, last_day, days, files, bytes, deleted } = done
    const span = { firstDay: first_day!, lastDay: last_day!, days }
    await service.announce(dataset.name, undefined, { kind: 'Offload Done', ...span, files, bytes, deleted })
  }
  refuseFailed(ends)
  return done
}

type Offloaded = Extract<OffloadOutcome, { readonly kind: 'offloaded' }>
type DayEnd =
  | { readonly kind: 'done'; readonly date: string; readonly outcome: OffloadOutcome }
  /** `outcome`: what was done all the same. */
  | { readonly kind: 'failed'; readonly date: string; readonly error: unknown; readonly outcome?: OffloadOutcome }

function policyOf(service: Service, name: string) {
  const dataset = datasetNamed(service, name)
  if (dataset.offload !== undefined) return { dataset, policy: dataset.offload }
  throw new DaysealError('usage', `the dataset ${name} has no policy for its old source files`, {
    wanted: '`offload` in the configuration',
  })
}

/** The first day of a run had all the time that there is: the next run would not have more. */
async function offloadOne(
  options: OffloadOptions & { readonly signal: AbortSignal },
  isFirst: boolean,
): Promise<DayEnd | { readonly kind: 'out-of-time' }> {
  const { date, signal } = options
  try {
    return endOf(await offloadDay(options))
  } catch (error) {
    if (!signal.aborted) return { kind: 'failed', date, error }
    return isFirst ? { kind: 'failed', date, error: signal.reason } : { kind: 'out-of-time' }
  }
}

function endOf(outcome: OffloadOutcome): DayEnd {
  const { date } = outcome
  if (outcome.kind === 'not-verified') {
    const failed = outcome.verdict.checks.filter(({ result }) => result === 'failed').map(({ id }) => id)
    const seen = `failed checks: ${failed.join(', ')}`
    const hint = '`dayseal verify --source` says what they saw; nothing was written or deleted'
    return { kind: 'failed', date, error: new DaysealError('source', `${date} does not verify`, { seen, hint }) }
  }
  const kept = outcome.kind === 'offloaded' ? outcome.deleted.kept : []
  if (kept.length === 0) return { kind: 'done', date, outcome }
  const error = new DaysealError('source', `${date}: source files changed since they were put into the zip, and stay`, {
    seen: kept.length > 1 ? `${kept[0]}, and ${kept.length - 1} more` : kept[0]!,
    hint: 'seal the day again',
  })
  return { kind: 'failed', date, error, outcome }
}

function sumOf(ends: readonly DayEnd[]): Omit<OffloadedDays, 'dataset' | 'left'> {
  const offloaded = ends.flatMap(({ outcome }) => (outcome?.kind === 'offloaded' ? [outcome] : []))
  const changed = offloaded.filter(({ written, deleted }) => written !== null || deleted.files > 0)
  const total = (amount: (outcome: Offloaded) => number) => changed.reduce((sum, one) => sum + amount(one), 0)
  return {
    first_day: changed[0]?.date ?? null,
    last_day: changed.at(-1)?.date ?? null,
    days: changed.length,
    files: total(({ written }) => written?.files ?? 0),
    bytes: total(({ written }) => written?.sourceBytes ?? 0),
    deleted: total(({ deleted }) => deleted.files),
  }
}

async function tellFailed(
  { announce }: Service,
  dataset: string,
  { date, error }: Extract<DayEnd, { readonly kind: 'failed' }>,
): Promise<void> {
  try {
    const facts = { error: failureName(error), cause: failureText.parse(messageOf(error)) }
    await announce(dataset, date, { kind: 'Offload Failed', ...facts })
  } catch (untold) {
    throw new AggregateError([error, untold], `${messageOf(error)}; ${messageOf(untold)}`)
  }
}

function refuseFailed(ends: readonly DayEnd[]): void {
  const errors = ends.flatMap((end) => (end.kind === 'failed' ? [end.error] : []))
  if (errors.length === 0) return
  if (errors.length === 1) throw errors[0]
  throw new AggregateError(errors, `${errors.length} days could not be offloaded; the first: ${messageOf(errors[0])}`)
}
