import { type DayListing, listDays } from '../archive/day-listing.ts'
import { dateRange } from '../archive/guards.ts'
import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { generationOf } from '../keys.ts'
import { newestKeys, readGeneration } from '../seal/history.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import { type DayFacts, type DayStatus, dayStatus } from './day-status.ts'

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

/**
 * The state of every day of a dataset, in order. Reads listings and one manifest per sealed day, never the data. A
 * manifest that cannot be read makes its day `damaged`. Throws `storage` when the archive or the output is not there.
 */
export async function status({ dataset, from, to, now, signal }: StatusOptions): Promise<readonly DayStatus[]> {
  const archive = openStore(dataset.archive.location, { s3: dataset.s3 })
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3 })
  const [listings, seals] = await Promise.all([listDays(archive, parseLayout(dataset.archive.layout)), newestKeys(out)])
  const byDate = new Map(listings.map((listing) => [listing.date, listing]))
  const dates = datesToShow([...byDate.keys(), ...seals.keys()], from, to)
  const facts = await inTurns(dates, (date) => factsOf(date, byDate.get(date), seals.get(date), out, signal))
  return facts.map((fact) => dayStatus(fact, now.toISOString().slice(0, 10), dataset.guards.minHours))
}

function datesToShow(known: readonly string[], from: string | undefined, to: string | undefined): readonly string[] {
  const sorted = known.toSorted()
  const first = from ?? sorted[0]
  const last = to ?? sorted.at(-1)
  return first === undefined || last === undefined || first > last ? [] : dateRange(first, last)
}

async function factsOf(
  date: string,
  listing: DayListing | undefined,
  sealed: string | undefined,
  out: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<DayFacts> {
  signal?.throwIfAborted()
  if (sealed === undefined) return { date, listing, seal: { kind: 'none' } }
  try {
    return { date, listing, seal: { kind: 'manifest', manifest: (await readGeneration(out, sealed)).manifest } }
  } catch (error) {
    if (!(error instanceof DaysealError && error.code === 'corrupt')) throw error
    return { date, listing, seal: { kind: 'damaged', generation: generationOf(sealed)!, message: error.message } }
  }
}

/** Results in the order of the items, with at most READERS of them under way. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  const queue = items.entries()
  await Promise.all(
    Array.from({ length: READERS }, async () => {
      for (const [index, item] of queue) results.set(index, await work(item))
    }),
  )
  return items.map((_, index) => results.get(index)!)
}
