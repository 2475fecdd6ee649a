import type { DayListing } from '../archive/day-listing.ts'
import type { Manifest } from '../seal/manifest.ts'

/**
 * - `sealed`: complete, and the archive looks as it did when the day was sealed
 * - `partial`: the same, of a day sealed with hours missing
 * - `stale`: sealed, but the archive has new or possibly changed objects; the next seal finds out
 * - `damaged`: its newest manifest cannot be read
 * - `unsealed`: ready to be sealed
 * - `open`: not over yet, with fewer hours than wanted, or with uploads that may still come
 * - `missing`: neither archive objects nor a seal, between days that have them
 */
export type DayState = 'sealed' | 'partial' | 'stale' | 'damaged' | 'unsealed' | 'open' | 'missing'

export interface DayStatus {
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly state: DayState
  /** The newest sealed generation. */
  readonly generation: number | null
  /** Hours in the seal; in the archive, for a day that is not sealed. */
  readonly hours_found: number
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
    | { readonly kind: 'manifest'; readonly manifest: Manifest }
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
  if (seal.kind === 'manifest') return sealedStatus(seal.manifest, listing, uploads)
  const base = { date, generation: null, hours_found: found, rows: null, bytes: null }
  if (seal.kind === 'damaged') return { ...base, state: 'damaged', generation: seal.generation, note: seal.message }
  if (found === 0 && date < today) return { ...base, state: 'missing' }
  const clash = listing?.clashes[0]
  const note = clash === undefined ? {} : { note: `${clash.join(' and ')} claim one hour` }
  const silent = uploads?.silent.filter((hour) => listing?.hours.has(hour) !== true).length ?? 0
  if (date >= today || found + silent < minHours) return { ...base, state: 'open', ...note }
  if (uploads?.waitsFor !== undefined) return { ...base, state: 'open', note: uploads.waitsFor, ...note }
  return { ...base, state: 'unsealed', ...note }
}

function sealedStatus(
  manifest: Manifest,
  listing: DayListing | undefined,
  uploads: UploadFacts | undefined,
): DayStatus {
  const changes = [...changesSince(manifest, listing), ...replacedSince(manifest, uploads)]
  return {
    date: manifest.date_utc,
    state: changes.length > 0 ? 'stale' : manifest.is_partial ? 'partial' : 'sealed',
    generation: manifest.generation,
    hours_found: manifest.hours_found,
    rows: manifest.row_count,
    bytes: manifest.parquet_size_bytes,
    ...(changes.length > 0 ? { note: changes.join(', ') } : {}),
  }
}

/**
 * How the archive differs from what was sealed, without reading it: objects that are new, and those whose etag or size
 * is another one. A source that is gone changes nothing: its hour is in the seal.
 */
function changesSince(manifest: Manifest, listing: DayListing | undefined): string[] {
  const sources = new Map(manifest.sources.map((source) => [source.key, source]))
  const objects = [...(listing?.hours ?? [])].flatMap(([hour, of]) => of.map((object) => ({ hour, object })))
  const added = objects.filter(({ object }) => !sources.has(object.key))
  const changed = objects.filter(({ object }) => {
    const source = sources.get(object.key)
    return source !== undefined && (source.etag !== object.etag || source.bytes !== object.size)
  })
  const hoursOf = (some: typeof objects) => [...new Set(some.map(({ hour }) => hour))].join(' ')
  return [
    ...(added.length > 0 ? [`new: ${hoursOf(added)}`] : []),
    ...(changed.length > 0 ? [`changed? ${hoursOf(changed)}`] : []),
  ]
}

/** Sources of uploads that were replaced, which the next seal leaves out. */
function replacedSince({ sources }: Manifest, uploads: UploadFacts | undefined): string[] {
  const replaced = sources.filter(({ key }) => uploads?.isRetired(key))
  return replaced.length === 0 ? [] : [`replaced: ${[...new Set(replaced.map(({ hour }) => hour))].join(' ')}`]
}
