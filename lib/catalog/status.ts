import type { DayListing } from '../archive/day-listing.ts'
import { dateRange } from '../archive/guards.ts'
import { atOnce } from '../at-once.ts'
import type { Dataset } from '../config.ts'
import type { Ledger } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import { type ArchiveDays, isRetired, listArchiveDays } from '../intake/list-archive.ts'
import { generationOf } from '../keys.ts'
import { asSealed } from '../seal/as-sealed.ts'
import { newestKeys, readGeneration } from '../seal/history.ts'
import type { Manifest } from '../seal/manifest.ts'
import { refuseOtherSeal } from '../seal/own-output.ts'
import { readLedger } from '../seal/read-ledgers.ts'
import { uploadsGuard, uploadsState } from '../seal/uploads-guard.ts'
import { uploadsText } from '../seal/uploads-text.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import { type DayFacts, type DayStatus, dayStatus, type UploadFacts } from './day-status.ts'
import { type UploadsStatus, uploadsStatus } from './uploads-status.ts'

export interface StatusOptions {
  readonly dataset: Dataset
  /** The first and the last day, `YYYY-MM-DD` (default: of all days that the archive or the history knows). */
  readonly from?: string
  readonly to?: string
  readonly now: Date
  readonly signal?: AbortSignal
}

/** Manifests that are read at the same time. */
const READERS = 8

export interface DatasetStatus {
  readonly days: readonly DayStatus[]
  /** Undefined for a dataset without uploads. */
  readonly uploads: UploadsStatus | undefined
}

/** The state of every day of a dataset, in order: see `datasetStatus`. */
export async function status(options: StatusOptions): Promise<readonly DayStatus[]> {
  return (await datasetStatus(options)).days
}

/**
 * The state of every day of a dataset, in order, and of its uploads. Reads listings and one manifest per sealed day, of
 * hours that look changed also the ledgers, never the data; of uploads what `uploadsStatus` says. A manifest that cannot be read makes its day `damaged`. Throws `storage`
 * when the archive or the output is not there, `usage` for days of another dataset, `corrupt` when ledgers of uploads cannot be used.
 */
export async function datasetStatus({ dataset, from, to, now, signal }: StatusOptions): Promise<DatasetStatus> {
  const archive = openStore(dataset.archive.location, { s3: dataset.s3, signal })
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3, signal })
  const [found, seals] = await Promise.all([listArchiveDays(dataset, archive), newestKeys(out)])
  const byDate = new Map(found.listings.map((listing) => [listing.date, listing]))
  const dates = datesToShow([...byDate.keys(), ...seals.keys()], from, to)
  const factsOfDay = async (date: string): Promise<DayFacts> => {
    const listing = byDate.get(date)
    const uploads = uploadFacts(dataset, found, date, listing, now)
    return {
      date,
      listing,
      seal: await sealOf(dataset, seals.get(date), listing, out, signal),
      ...(uploads && { uploads }),
    }
  }
  const facts = await atOnce(dates, READERS, factsOfDay)
  const { uploads } = found
  return {
    days: facts.map((fact) => dayStatus(fact, now.toISOString().slice(0, 10), dataset.guards.minHours)),
    uploads: uploads === undefined ? undefined : await uploadsStatus(archive, uploads, signal),
  }
}

function datesToShow(known: readonly string[], from: string | undefined, to: string | undefined): readonly string[] {
  const sorted = known.toSorted()
  const first = from ?? sorted[0]
  const last = to ?? sorted.at(-1)
  return first === undefined || last === undefined || first > last ? [] : dateRange(first, last)
}

function uploadFacts(
  dataset: Dataset,
  { uploads }: ArchiveDays,
  date: string,
  listing: DayListing | undefined,
  now: Date,
): UploadFacts | undefined {
  const state = uploadsState(dataset.uploads, uploads, listing ?? { date, hours: new Map() })
  if (state === undefined) return undefined
  const guard = uploadsGuard(state, now)
  const waitsFor = guard.kind === 'passed' ? undefined : uploadsText(guard)
  return { silent: state.silent, waitsFor, isRetired: (key) => isRetired(uploads, key) }
}

async function sealOf(
  dataset: Dataset,
  sealed: string | undefined,
  listing: DayListing | undefined,
  out: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<DayFacts['seal']> {
  signal?.throwIfAborted()
  if (sealed === undefined) return { kind: 'none' }
  try {
    const generation = await readGeneration(out, sealed)
    refuseOtherSeal(dataset, generation, out)
    const { manifest } = generation
    return { kind: 'manifest', manifest, ledgers: await changedLedgers(manifest, listing, out) }
  } catch (error) {
    if (!(error instanceof DaysealError && error.code === 'corrupt')) throw error
    return { kind: 'damaged', generation: generationOf(sealed)!, message: error.message }
  }
}

/** The ledgers of the hours with an object that is not in the state that the manifest names. */
async function changedLedgers(
  manifest: Manifest,
  listing: DayListing | undefined,
  out: ObjectStore,
): Promise<ReadonlyMap<string, Pick<Ledger, 'sources'>>> {
  const isSealed = asSealed(manifest, new Map())
  const hours = [...(listing?.hours ?? [])].filter(([hour, of]) => !of.every((object) => isSealed(hour, object)))
  const ledgers = new Map<string, Pick<Ledger, 'sources'>>()
  for (const [hour] of hours) {
    const ledger = await readLedger(out, manifest.date_utc, hour)
    // What else it holds may be large.
    if (ledger !== undefined) ledgers.set(hour, { sources: ledger.sources })
  }
  return ledgers
}
