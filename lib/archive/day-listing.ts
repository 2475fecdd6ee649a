import { DaysealError } from '../errors.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { type Layout, stemOf } from './layout.ts'

/** What an archive holds of one day. */
export interface DayListing {
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** The day as the archive's keys write it. */
  readonly archiveDay: string
  /** The hours that were found, in order, "00" to "23", each with its objects in key order. */
  readonly hours: ReadonlyMap<string, readonly ObjectInfo[]>
  /** Keys under the day's prefix that the layout does not explain: ignored, and reported. */
  readonly unexpected: readonly string[]
  /** Keys that differ in nothing but their ending (`05.jsonl` and `05.jsonl.gz`): which one counts cannot be known. */
  readonly clashes: readonly (readonly string[])[]
}

interface Sorted {
  readonly days: ReadonlyMap<string, readonly { readonly hour: string; readonly object: ObjectInfo }[]>
  readonly unmatched: readonly string[]
}

/** Whether an object that the layout explains counts at all. One that does not is as if it were not there. */
export type Counts = (key: string) => boolean

const EACH: Counts = () => true

/** Lists one day completely. Throws `source` when keys clash. */
export async function listDay(
  store: ObjectStore,
  layout: Layout,
  date: string,
  counts: Counts = EACH,
): Promise<DayListing> {
  const { days, unmatched } = sort(await store.list(layout.dayPrefix(date)), layout, counts)
  const listing = dayListing(layout, date, days.get(date) ?? [], unmatched)
  const clash = listing.clashes[0]
  if (clash === undefined) return listing
  throw new DaysealError('source', `several objects of ${store.location} claim one place in the archive`, {
    seen: clash.join(' and '),
    wanted: 'one of them',
    hint: 'remove or rename the others: which one counts cannot be known',
  })
}

/** Every day of which the archive holds an hour, in order, by one listing. Clashes are reported, not thrown. */
export async function listDays(
  store: ObjectStore,
  layout: Layout,
  counts: Counts = EACH,
): Promise<readonly DayListing[]> {
  const { days, unmatched } = sort(await store.list(layout.prefix), layout, counts)
  const dates = [...days.keys()].sort()
  const prefixLength = layout.dayPrefix('0000-00-00').length
  const unexpected = Map.groupBy(unmatched, (key) => key.slice(0, prefixLength))
  return dates.map((date) =>
    dayListing(layout, date, days.get(date) ?? [], unexpected.get(layout.dayPrefix(date)) ?? []),
  )
}

function sort(objects: readonly ObjectInfo[], layout: Layout, counts: Counts): Sorted {
  const days = new Map<string, { hour: string; object: ObjectInfo }[]>()
  const unmatched: string[] = []
  for (const object of objects) {
    const named = layout.match(object.key)
    if (named === undefined) {
      unmatched.push(object.key)
      continue
    }
    if (!counts(object.key)) continue
    const day = days.get(named.date) ?? []
    if (day.length === 0) days.set(named.date, day)
    day.push({ hour: named.hour, object })
  }
  return { days, unmatched }
}

function dayListing(
  layout: Layout,
  date: string,
  found: readonly { readonly hour: string; readonly object: ObjectInfo }[],
  unexpected: readonly string[],
): DayListing {
  const hours = Map.groupBy(found, ({ hour }) => hour)
  const places = Map.groupBy(
    found.map(({ object }) => object.key),
    stemOf,
  )
  return {
    date,
    archiveDay: layout.archiveDay(date),
    hours: new Map(
      [...hours].sort(([a], [b]) => (a < b ? -1 : 1)).map(([hour, of]) => [hour, of.map((o) => o.object)]),
    ),
    unexpected,
    clashes: [...places.values()].filter((keys) => keys.length > 1),
  }
}
