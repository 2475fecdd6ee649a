import type { DayListing } from '../archive/day-listing.ts'
import { HOURS } from '../archive/guards.ts'
import { hourRanges } from '../archive/hour-ranges.ts'
import type { Ledger } from '../convert/ledger.ts'
import { asSealed } from '../seal/as-sealed.ts'
import { emptySources } from '../seal/empty-hours.ts'
import type { Manifest } from '../seal/manifest.ts'

/**
 * Of a day that is sealed:
 * - `sealed`: complete, and the archive looks as it did when the day was sealed
 * - `partial`: the same, of a day sealed with hours missing
 * - `stale`: the archive has new or possibly changed objects; the next seal finds out
 * - `damaged`: its newest manifest cannot be read
 *
 * Of a day that is over and not sealed:
 * - `unsealed`: ready to be sealed
 * - `waiting`: it has enough hours, but more uploads may come
 * - `incomplete`: it has fewer hours than wanted
 * - `missing`: the archive has nothing of it, between days of which it has
 *
 * - `open`: not over yet in UTC, and not sealed
 */
export const DAY_STATES = [
  'sealed',
  'partial',
  'stale',
  'damaged',
  'unsealed',
  'waiting',
  'incomplete',
  'missing',
  'open',
] as const
export type DayState = (typeof DAY_STATES)[number]

export interface DayStatus {
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly state: DayState
  /** The newest sealed generation. */
  readonly generation: number | null
  /** Hours in the seal; in the archive, for a day that is not sealed. */
  readonly hours_found: number
  /**
   * "00" to "23": hours that are missing in the seal; in the archive, for a day that is over and not sealed. Those that may
   * be silent are not.
   */
  readonly missing_hours: readonly string[]
  readonly rows: number | null
  /** Size of the sealed Parquet file. */
  readonly bytes: number | null
  readonly note?: string
}

/** What a day's status is told from. */
export interface DayFacts {
  readonly date: string
  /** What the archive holds of the day; undefined for nothing. */
  readonly listing: DayListing | undefined
  readonly seal:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'manifest'
        readonly manifest: Manifest
        /** By hour, those that may tell more of a source than the manifest: see `asSealed`. */
        readonly ledgers: ReadonlyMap<string, Pick<Ledger, 'sources'>>
      }
    | { readonly kind: 'damaged'; readonly generation: number; readonly message: string }
  /** Of a dataset with uploads. */
  readonly uploads?: UploadFacts
}

export interface UploadFacts {
  /** Hours that may be without a source. */
  readonly silent: readonly string[]
  /** Why the day cannot be sealed yet for their sake. */
  readonly waitsFor: string | undefined
  /** Whether a source counts no more, because its upload was replaced. */
  readonly isRetired: (key: string) => boolean
}

/** `today`: the present UTC day. `minHours`: how many hours make a day complete enough to be sealed. */
export function dayStatus({ date, listing, seal, uploads }: DayFacts, today: string, minHours: number): DayStatus {
  const found = listing?.hours.size ?? 0
  if (seal.kind === 'manifest') return sealedStatus(seal, listing, uploads)
  const isThere = (hour: string) => listing?.hours.has(hour) === true || uploads?.silent.includes(hour) === true
  const missing = date >= today ? [] : HOURS.filter((hour) => !isThere(hour))
  const base = { date, generation: null, hours_found: found, missing_hours: missing, rows: null, bytes: null }
  if (seal.kind === 'damaged') {
    // What it has is in its manifest.
    return { ...base, missing_hours: [], state: 'damaged', generation: seal.generation, note: seal.message }
  }
  const empty = [...(listing?.hours ?? [])].filter(([, objects]) => objects.some(({ size }) => size === 0))
  const notes = [
    ...(listing?.clashes[0] === undefined ? [] : [`${listing.clashes[0].join(' and ')} claim one hour`]),
    ...emptyNote(empty.map(([hour]) => hour)),
  ]
  if (date >= today) return { ...base, state: 'open', ...noteOf(notes) }
  if (found === 0) return { ...base, state: 'missing' }
  const waits = uploads?.waitsFor === undefined ? [] : [uploads.waitsFor]
  const isShort = HOURS.length - missing.length < minHours
  const state = isShort ? 'incomplete' : waits.length > 0 ? 'waiting' : 'unsealed'
  return { ...base, state, ...noteOf([...notes, ...waits]) }
}

function noteOf(notes: readonly string[]): { readonly note?: string } {
  return notes.length === 0 ? {} : { note: notes.join('; ') }
}

function sealedStatus(
  { manifest, ledgers }: Extract<DayFacts['seal'], { readonly kind: 'manifest' }>,
  listing: DayListing | undefined,
  uploads: UploadFacts | undefined,
): DayStatus {
  const changes = [...changesSince(manifest, ledgers, listing), ...replacedSince(manifest, uploads)]
  const notes = [...changes, ...emptyNote(emptySources(manifest.sources).map(({ hour }) => hour))]
  return {
    date: manifest.date_utc,
    state: changes.length > 0 ? 'stale' : manifest.is_partial ? 'partial' : 'sealed',
    generation: manifest.generation,
    hours_found: manifest.hours_found,
    missing_hours: manifest.missing_hours,
    rows: manifest.row_count,
    bytes: manifest.parquet_size_bytes,
    ...noteOf(notes),
  }
}

/** Hours with a file that has no line. */
function emptyNote(hours: readonly string[]): string[] {
  return hours.length === 0 ? [] : [`empty: ${[...new Set(hours)].join(' ')}`]
}

/**
 * How the archive differs from what was sealed, without reading it: objects that are new, and those that are not `asSealed`.
 * A source that is gone changes nothing: its hour is in the seal.
 */
function changesSince(
  manifest: Manifest,
  ledgers: ReadonlyMap<string, Pick<Ledger, 'sources'>>,
  listing: DayListing | undefined,
): string[] {
  const sources = new Set(manifest.sources.map(({ key }) => key))
  const isSealed = asSealed(manifest, ledgers)
  const objects = [...(listing?.hours ?? [])].flatMap(([hour, of]) => of.map((object) => ({ hour, object })))
  const added = objects.filter(({ object }) => !sources.has(object.key))
  const changed = objects.filter(({ hour, object }) => sources.has(object.key) && !isSealed(hour, object))
  return [
    ...(added.length > 0 ? [`new: ${hoursOf(added)}`] : []),
    ...(changed.length > 0 ? [`changed? ${hoursOf(changed)}`] : []),
  ]
}

/** Sources of uploads that were replaced, which the next seal leaves out. */
function replacedSince({ sources }: Manifest, uploads: UploadFacts | undefined): string[] {
  const replaced = sources.filter(({ key }) => uploads?.isRetired(key))
  return replaced.length === 0 ? [] : [`replaced: ${hoursOf(replaced)}`]
}

function hoursOf(some: readonly { readonly hour: string }[]): string {
  return hourRanges([...new Set(some.map(({ hour }) => hour))].sort())
}
