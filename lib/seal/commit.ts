import { historyKey, viewDataKey, viewManifestKey } from '../keys.ts'
import { sha256 } from '../sha256.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { manifestBytes } from './build-manifest.ts'
import { type Generation, newestGeneration, readGeneration } from './history.ts'
import type { Manifest } from './manifest.ts'

export type CommitOutcome =
  | { readonly kind: 'committed'; readonly generation: Generation }
  /** Somebody else committed this generation. */
  | { readonly kind: 'lost'; readonly winner: Generation }

/**
 * The commit: the create-only write of the generation's manifest. When the answer is lost, reading back tells what
 * happened.
 */
export async function commitManifest(out: ObjectStore, manifest: Manifest): Promise<CommitOutcome> {
  const key = historyKey(manifest.date_utc, manifest.generation)
  const bytes = manifestBytes(manifest)
  const committed: CommitOutcome = { kind: 'committed', generation: { key, manifest, bytes, sha256: sha256(bytes) } }
  try {
    if ((await out.putIfAbsent(key, bytes)).kind === 'written') return committed
  } catch (error) {
    const found = await out.get(key).catch(() => undefined)
    if (found === undefined) throw error
  }
  const winner = await readGeneration(out, key)
  return Buffer.compare(winner.bytes, bytes) === 0 ? committed : { kind: 'lost', winner }
}

/**
 * Makes `daily/DATE/` show the newest generation: the data first, then the manifest. Whoever comes along does it, so it
 * may find that somebody newer was faster; then it looks again.
 */
export async function refreshView(out: ObjectStore, date: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const newest = await newestGeneration(out, date)
    if (newest === undefined) return
    const view = await out.get(viewManifestKey(date))
    if (view === undefined || Buffer.compare(view.bytes, newest.bytes) !== 0) {
      await copyData(out, newest.manifest)
      const put = await out.putIfMatch(viewManifestKey(date), newest.bytes, view?.info.etag)
      if (put.kind === 'conflict') continue
    } else if (!(await holdsData(out, newest.manifest))) {
      await copyData(out, newest.manifest)
    }
    if ((await newestGeneration(out, date))?.key === newest.key) return
  }
}

async function copyData(out: ObjectStore, { date_utc, data_key }: Manifest): Promise<void> {
  if (data_key === null) await out.delete(viewDataKey(date_utc))
  else await out.copy(data_key, viewDataKey(date_utc))
}

/** By size alone: `verify` looks at the content. */
async function holdsData(out: ObjectStore, { date_utc, parquet_size_bytes }: Manifest): Promise<boolean> {
  return (await out.head(viewDataKey(date_utc)))?.size === (parquet_size_bytes ?? undefined)
}
