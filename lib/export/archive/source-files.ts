import type { Layout } from '../../archive/layout.ts'
import { canonicalJson } from '../../canonical-json.ts'
import { DaysealError } from '../../errors.ts'
import type { Manifest } from '../../seal/manifest.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'
import { archivePath, sourcesPath } from './bag-paths.ts'
import type { SourcesIndex } from './check-contents.ts'
import { type Otherwise, payloadBytes, payloadPromised } from './payload-object.ts'
import { safePaths } from './safe-path.ts'
import { sealedAt } from './sealed-files.ts'
import type { PayloadFile } from './write-bag.ts'

const STALE: Otherwise = {
  code: 'source',
  hint: 'the source has changed since the seal: run `dayseal seal` for that day, then try again',
}

/**
 * The state of each of a day's sources in the archive, by key; those that are gone are not in it, and neither is a key that
 * the layout does not explain: in an altered manifest a key may be anything. An archive that is not there is an error.
 */
export async function presentSources(
  archive: ObjectStore,
  layout: Layout,
  { date_utc: date, sources }: Manifest,
): Promise<ReadonlyMap<string, ObjectInfo>> {
  const named = new Set(sources.map(({ key }) => key))
  const listed = await archive.list(layout.dayPrefix(date))
  const present = listed.filter(({ key }) => named.has(key) && layout.match(key)?.date === date)
  return new Map(present.map((info) => [info.key, info]))
}

/** @throws DaysealError `source` unless all sources of the day are in the archive */
export function refuseGone(
  manifest: Manifest,
  present: ReadonlyMap<string, ObjectInfo>,
  { location }: ObjectStore,
): void {
  const gone = manifest.sources.filter(({ key }) => !present.has(key))
  if (gone.length === 0) return
  const more = gone.length > 1 ? `, and ${gone.length - 1} more` : ''
  throw new DaysealError('source', `${manifest.date_utc}: not all source files are in ${location}`, {
    seen: `${gone[0]!.key} is gone${more}`,
    wanted: `the ${manifest.sources.length} sources of the seal`,
    hint: 'archive the day without them, or bring them back (from an offload, for example)',
  })
}

/**
 * Source files of a day in the states of `present`, after an index that says which file is which: only those that the
 * manifest names, each with the bytes that were sealed.
 */
export function sourceFiles(
  archive: ObjectStore,
  manifest: Manifest,
  present: ReadonlyMap<string, ObjectInfo>,
  signal: AbortSignal | undefined,
): readonly PayloadFile[] {
  const { dataset, date_utc, generation, sources } = manifest
  const paths = safePaths(sources.map(({ key }) => key))
  const packed = sources.flatMap((source) => {
    const info = present.get(source.key)
    return info === undefined ? [] : [{ source, info, path: paths.get(source.key)! }]
  })
  const index: SourcesIndex = {
    dataset,
    date_utc,
    generation,
    sources: packed.map(({ source: { key, bytes, sha256 }, path }) => ({ key, path, bytes, sha256 })),
  }
  const modified = sealedAt(manifest)
  return [
    payloadBytes(canonicalJson(index), sourcesPath(date_utc), modified),
    ...packed.map(({ source, info, path }) =>
      payloadPromised({ store: archive, info, path: archivePath(path), modified, signal }, source, STALE),
    ),
  ]
}
