import { historyKey, symlinkKey, viewDataKey, viewManifestKey } from '../keys.ts'
import { sha256 } from '../sha256.ts'
import { createOnly } from '../store/create-only.ts'
import { schemeOf } from '../store/location.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { putObject } from '../store/put-object.ts'
import { manifestBytes } from './build-manifest.ts'
import { type Generation, newestGeneration, readGeneration } from './history.ts'
import type { Manifest } from './manifest.ts'

export type CommitOutcome =
  | { readonly kind: 'committed'; readonly generation: Generation }
  /** Somebody else committed this generation. */
  | { readonly kind: 'lost'; readonly winner: Generation }

/** The commit: the create-only write of the generation's manifest, read back. */
export async function commitManifest(out: ObjectStore, manifest: Manifest): Promise<CommitOutcome> {
  const key = historyKey(manifest.date_utc, manifest.generation)
  const bytes = manifestBytes(manifest)
  if ((await createOnly(out, key, bytes)).kind === 'created') {
    return { kind: 'committed', generation: { key, manifest, bytes, sha256: sha256(bytes) } }
  }
  return { kind: 'lost', winner: await readGeneration(out, key) }
}

/**
 * Makes `daily/DATE/` show the newest generation: the data first, then the manifest. Whoever comes along does it, so it
 * may find that somebody newer was faster; then it looks again. `before` is called before a generation is shown that the view did
 * not show. Returns the newest generation; undefined when the day was never sealed.
 */
export async function refreshView(
  out: ObjectStore,
  date: string,
  before: (generation: Generation) => Promise<void>,
): Promise<Generation | undefined> {
  let newest = await newestGeneration(out, date)
  for (let attempt = 0; attempt < 3 && newest !== undefined; attempt++) {
    const view = await out.get(viewManifestKey(date))
    const isShown = view !== undefined && Buffer.compare(view.bytes, newest.bytes) === 0
    if (!isShown) await before(newest)
    if (!isShown || !(await holdsData(out, newest.manifest))) await copyData(out, newest.manifest)
    const put = isShown ? undefined : await out.putIfMatch(viewManifestKey(date), newest.bytes, view?.info.etag)
    const present = await newestGeneration(out, date)
    if (put?.kind !== 'conflict' && present?.key === newest.key) return newest
    newest = present
  }
  return newest
}

async function copyData(out: ObjectStore, manifest: Manifest): Promise<void> {
  const { date_utc, data_key } = manifest
  if (data_key === null) await out.delete(viewDataKey(date_utc))
  else await out.copy(data_key, viewDataKey(date_utc))
  if (isBucket(out)) await linkData(out, manifest)
}

/** Athena reads the generation itself, so that a query sees one generation, whatever happens meanwhile. */
async function linkData(out: ObjectStore, manifest: Manifest): Promise<void> {
  const link = linkOf(out, manifest)
  const key = symlinkKey(manifest.date_utc)
  if (link === undefined) return out.delete(key)
  await putObject(out, key, link)
}

/** By size alone: `verify` looks at the content. */
async function holdsData(out: ObjectStore, manifest: Manifest): Promise<boolean> {
  const { date_utc, parquet_size_bytes } = manifest
  const copied = (await out.head(viewDataKey(date_utc)))?.size === (parquet_size_bytes ?? undefined)
  return copied && (!isBucket(out) || (await isLinked(out, manifest)))
}

async function isLinked(out: ObjectStore, manifest: Manifest): Promise<boolean> {
  const found = (await out.get(symlinkKey(manifest.date_utc)))?.bytes
  const link = linkOf(out, manifest)
  return link === undefined || found === undefined ? link === found : Buffer.compare(found, link) === 0
}

function linkOf({ location }: ObjectStore, { data_key }: Manifest): Uint8Array | undefined {
  return data_key === null ? undefined : Buffer.from(`${location}/${data_key}\n`)
}

function isBucket({ location }: ObjectStore): boolean {
  return schemeOf(location) === 's3'
}
