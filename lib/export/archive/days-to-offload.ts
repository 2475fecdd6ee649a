import { parseLayout } from '../../archive/layout.ts'
import { generationOf } from '../../keys.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import type { ArchivePlace } from './archive-place.ts'
import type { OffloadOptions } from './offload-day.ts'
import { sealedDays } from './plan-offload.ts'

export type DaysToOffload = Pick<OffloadOptions, 'dataset' | 'out' | 'archive' | 'to' | 'sources' | 'signal'>

/**
 * The sealed days up to `last` for which `offloadDay` may have something to do, oldest first, told by listings alone: where
 * sources stay, those without a zip that is younger than the newest manifest; where they go, those with objects in the archive.
 */
export async function daysToOffload(options: DaysToOffload, last: string): Promise<readonly string[]> {
  const sealed = await sealedDays(options.out, { to: last })
  return options.sources === 'keep' ? withoutZip(options, sealed) : withObjects(options, sealed)
}

/** Two listings. */
async function withoutZip({ out, to }: DaysToOffload, sealed: readonly string[]): Promise<readonly string[]> {
  const manifests = newestByDay(await timesOf(out, 'history/', manifestDate))
  const zips = newestByDay(await timesOf(to.store, to.prefix, (key) => zipDate(to, key)))
  return sealed.filter((date) => (zips.get(date) ?? 0) <= (manifests.get(date) ?? 0))
}

/** A listing for each day. */
async function withObjects(
  { dataset, archive, signal }: DaysToOffload,
  sealed: readonly string[],
): Promise<readonly string[]> {
  const { dayPrefix } = parseLayout(dataset.archive.layout)
  const found: string[] = []
  for (const date of sealed) {
    signal?.throwIfAborted()
    if ((await archive.list(dayPrefix(date))).length > 0) found.push(date)
  }
  return found
}

type DayTime = readonly [date: string, modified: number]

async function timesOf(
  store: ObjectStore,
  prefix: string,
  dateOf: (key: string) => string | undefined,
): Promise<readonly DayTime[]> {
  return (await store.list(prefix)).flatMap(({ key, modified }) => {
    const date = dateOf(key)
    return date === undefined ? [] : [[date, modified] as const]
  })
}

function newestByDay(times: readonly DayTime[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const [date, modified] of times) newest.set(date, Math.max(modified, newest.get(date) ?? 0))
  return newest
}

function manifestDate(key: string): string | undefined {
  return generationOf(key) === undefined ? undefined : key.split('/')[1]
}

/** Of a key as `offloadKey` makes it. */
function zipDate({ prefix }: ArchivePlace, key: string): string | undefined {
  return /^(\d{4}-\d\d-\d\d)(\.\d+)?\.zip$/.exec(key.slice(prefix.length))?.[1]
}
