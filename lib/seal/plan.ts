import type { DayListing } from '../archive/day-listing.ts'
import { HOURS } from '../archive/guards.ts'
import type { Ledger, SourceAccount } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import type { ObjectInfo } from '../store/object-store.ts'
import type { Manifest } from './manifest.ts'

/** What a seal does with one hour. */
export type HourPlan =
  /** Its part is there, of these very sources. */
  | { readonly kind: 'reuse'; readonly hour: string; readonly ledger: Ledger }
  /** Its etags differ from the ledger's: when the content is the same after all, as `reuse`. */
  | { readonly kind: 'rehash'; readonly hour: string; readonly ledger: Ledger; readonly sources: readonly ObjectInfo[] }
  | { readonly kind: 'convert'; readonly hour: string; readonly sources: readonly ObjectInfo[] }

export interface PlanInput {
  readonly listing: DayListing
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly previous: Manifest | undefined
  readonly configSha256: string
  readonly allowRemoval: boolean
  /** Whether a source counts no more, because its upload was replaced. */
  readonly isRetired: (key: string) => boolean
  /** Convert every hour whose sources are there again. */
  readonly force: boolean
}

/**
 * The day's hours that have a source, in order. A source that the previous generation counted and that is gone keeps its
 * hour: it is taken from its part. With `allowRemoval` only what is listed counts. One that is retired is not gone: its
 * hour is converted again without it.
 * @throws DaysealError `source` when such an hour would have to be converted again.
 */
export function planHours(input: PlanInput): HourPlan[] {
  return HOURS.flatMap((hour) => planHour(hour, input) ?? [])
}

/** One hour of `planHours`; undefined for an hour without a source. */
export function planHour(hour: string, input: PlanInput): HourPlan | undefined {
  const { listing, ledgers, configSha256, force } = input
  const sources = listing.hours.get(hour) ?? []
  const ledger = ledgers.get(hour)
  const gone = goneSources(hour, sources, input)
  if (sources.length === 0 && gone.length === 0) return undefined
  if (gone.length > 0) return planGone(hour, sources, gone, withoutRetired(ledger, input))
  const current = ledger?.config_sha256 === configSha256 && sameKeys(ledger.sources, sources)
  if (ledger === undefined || !current || force) return { kind: 'convert', hour, sources }
  const sameEtags = ledger.sources.every((account, i) => account.etag === sources[i]!.etag)
  return sameEtags ? { kind: 'reuse', hour, ledger } : { kind: 'rehash', hour, ledger, sources }
}

/** What is left of an hour some of whose sources are gone must be in its part, or the hour cannot be made again. */
function planGone(
  hour: string,
  sources: readonly ObjectInfo[],
  gone: readonly SourceAccount[],
  ledger: Ledger | undefined,
): HourPlan {
  const held = new Map(ledger?.sources.map((account) => [account.key, account]))
  const whole = gone.every((account) => held.get(account.key)?.sha256 === account.sha256)
  const unchanged = sources.every((source) => held.get(source.key)?.etag === source.etag)
  if (ledger !== undefined && whole && unchanged) return { kind: 'reuse', hour, ledger }
  throw new DaysealError('source', `hour ${hour} has to be converted again, but a source of it is gone`, {
    seen: `${gone.map((account) => account.key).join(', ')} missing from the archive`,
    wanted: 'the sources of the generation before',
    hint: 'bring them back, or seal without their lines with --allow-removal',
  })
}

function goneSources(
  hour: string,
  sources: readonly ObjectInfo[],
  { previous, allowRemoval, isRetired }: PlanInput,
): SourceAccount[] {
  if (allowRemoval) return []
  const there = new Set(sources.map((source) => source.key))
  return (previous?.sources ?? []).filter(
    (account) => account.hour === hour && !there.has(account.key) && !isRetired(account.key),
  )
}

/** A part cannot be used any more that holds a retired source. */
function withoutRetired(ledger: Ledger | undefined, { isRetired }: PlanInput): Ledger | undefined {
  return ledger?.sources.some(({ key }) => isRetired(key)) ? undefined : ledger
}

function sameKeys(accounts: readonly SourceAccount[], sources: readonly ObjectInfo[]): boolean {
  return accounts.length === sources.length && accounts.every((account, i) => account.key === sources[i]!.key)
}

/** Whether both lists count the same content under the same keys. */
export function sameContent(a: readonly SourceAccount[], b: readonly SourceAccount[]): boolean {
  const contents = (accounts: readonly SourceAccount[]) =>
    accounts.map(({ hour, key, sha256 }) => JSON.stringify([hour, key, sha256])).sort()
  const [left, right] = [contents(a), contents(b)]
  return left.length === right.length && left.every((content, i) => content === right[i])
}
