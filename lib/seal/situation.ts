import type { DayListing } from '../archive/day-listing.ts'
import type { Layout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import type { Ledger } from '../convert/ledger.ts'
import { type ConvertSettings, convertSettings, settingsSha256 } from '../convert/settings.ts'
import type { Uploads } from '../intake/ledger-listing.ts'
import { type ArchiveDay, isRetired, listArchiveDay, retirement } from '../intake/list-archive.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { asSealed } from './as-sealed.ts'
import { type Generation, newestGeneration } from './history.ts'
import { refuseOtherSeal } from './own-output.ts'
import { readLedgers } from './read-ledgers.ts'
import { type UploadsState, uploadsState } from './uploads-guard.ts'

/** What there is of a day before a seal begins. */
export interface Situation {
  readonly listing: DayListing
  /** Undefined for a dataset without uploads. */
  readonly uploads: Uploads | undefined
  readonly uploadsState: UploadsState | undefined
  /** Whether a source counts no more, because its upload was replaced. */
  readonly isRetired: (key: string) => boolean
  readonly previous: Generation | undefined
  /** By hour. */
  readonly ledgers: ReadonlyMap<string, Ledger>
  readonly settings: ConvertSettings
  readonly configSha256: string
}

/** Where a day is, and how its archive names it. */
export interface DayPlace {
  readonly dataset: Dataset
  readonly date: string
  readonly archive: ObjectStore
  readonly out: ObjectStore
  readonly layout: Layout
}

/** Reads listings, the newest manifest and the ledgers; no data. Throws `source` when keys of the archive clash. */
export async function lookAround({ archive, out, layout, date, dataset }: DayPlace): Promise<Situation> {
  const day = await listArchiveDay(dataset, archive, layout, date)
  const previous = await newestGeneration(out, date)
  if (previous !== undefined) refuseOtherSeal(dataset, previous, out)
  const ledgers = await readLedgers(out, date)
  const settings = convertSettings(dataset)
  return {
    ...day,
    uploadsState: uploadsState(dataset.uploads, day.uploads, day.listing),
    isRetired: await retirement(dataset, archive, day, previous?.manifest.sources ?? []),
    previous,
    ledgers,
    settings,
    configSha256: settingsSha256(settings),
  }
}

/**
 * Whether the archive lists just what the newest generation counted, by etags (see `asSealed`). Sources that are gone do not matter; those
 * that are retired do.
 */
export function isUnchanged(
  { manifest }: Generation,
  { listing, ledgers, isRetired }: Pick<Situation, 'listing' | 'ledgers' | 'isRetired'>,
  allowRemoval: boolean,
): boolean {
  if (manifest.sources.some(({ key }) => isRetired(key))) return false
  const isSealed = asSealed(manifest, ledgers)
  const listed = [...listing.hours].flatMap(([hour, objects]) => objects.map((object) => ({ hour, object })))
  if (allowRemoval && listed.length < manifest.sources.length) return false
  return listed.every(({ hour, object }) => isSealed(hour, object))
}

/** Whether objects of a listing are gone by `now`, all of them slices of uploads that were replaced. */
export function hasLostRetired({ listing }: Pick<Situation, 'listing'>, now: ArchiveDay): boolean {
  const there = new Set(keysOf(now.listing))
  const gone = keysOf(listing).filter((key) => !there.has(key))
  return gone.length > 0 && gone.every((key) => isRetired(now.uploads, key))
}

function keysOf({ hours }: DayListing): string[] {
  return [...hours.values()].flatMap((objects) => objects.map(({ key }) => key))
}
