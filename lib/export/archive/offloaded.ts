import { DaysealError } from '../../errors.ts'
import { isOf, type Owner, takeOver } from '../../owner.ts'
import type { ObjectInfo } from '../../store/object-store.ts'
import type { ArchivePlace } from './archive-place.ts'
import { checkArchive, refuseInvalid } from './check-archive.ts'

/** The zips that hold a day's source files. */
export interface Offloaded {
  readonly zips: readonly string[]
  /** What they hold: SHA-256 by key in the archive. */
  readonly sources: ReadonlyMap<string, string>
  /** The key for one more. */
  readonly nextKey: string
}

/** `2025-03-14.zip`; `2025-03-14.2.zip` of sources that came later, and so on. */
export function offloadKey({ prefix }: ArchivePlace, date: string, number: number): string {
  return `${prefix}${date}${number === 1 ? '' : `.${number}`}.zip`
}

/** The day's zips that are there, unread, in the order of their numbers. */
export async function listOffloads(place: ArchivePlace, date: string): Promise<readonly ObjectInfo[]> {
  const listed = new Map((await place.store.list(`${place.prefix}${date}.`)).map((info) => [info.key, info]))
  const found: ObjectInfo[] = []
  for (let number = 1; ; number++) {
    const info = listed.get(offloadKey(place, date, number))
    if (info === undefined) return found
    found.push(info)
  }
}

/**
 * Reads every zip of a day to its end.
 * @throws DaysealError `corrupt` for one that is not valid, `usage` for one of something else
 */
export async function readOffloads(
  place: ArchivePlace,
  { date, dataset }: { readonly date: string; readonly dataset: Owner },
  signal: AbortSignal | undefined,
): Promise<Offloaded> {
  const zips = await listOffloads(place, date)
  const sources = new Map<string, string>()
  for (const { key } of zips) {
    const { days } = refuseInvalid(await checkArchive({ store: place.store, key, signal }), place.store)
    const day = days.find((bagged) => bagged.date === date && isOf(dataset, bagged.dataset))
    if (day === undefined) {
      const other = days.find((bagged) => bagged.date === date)
      throw new DaysealError(
        'usage',
        `${key} in ${place.store.location} holds no source files of ${dataset.name} ${date}`,
        {
          seen: days.map((bagged) => `${bagged.dataset} ${bagged.date}`).join(', ') || 'no sealed day',
          hint: other === undefined ? 'offload each dataset to a place of its own' : takeOver(dataset, other.dataset),
        },
      )
    }
    for (const [source, sha256] of day.sources) sources.set(source, sha256)
  }
  return { zips: zips.map(({ key }) => key), sources, nextKey: offloadKey(place, date, zips.length + 1) }
}
