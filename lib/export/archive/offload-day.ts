import { parseDate } from '../../archive/guards.ts'
import { parseLayout } from '../../archive/layout.ts'
import type { Dataset } from '../../config.ts'
import { DaysealError } from '../../errors.ts'
import { allGenerations, newestGeneration } from '../../seal/history.ts'
import type { Manifest } from '../../seal/manifest.ts'
import { refuseOtherSeal } from '../../seal/own-output.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'
import type { Verdict } from '../../verify/verdict.ts'
import { verify } from '../../verify/verify.ts'
import { type ArchivePlace, removeLitter } from './archive-place.ts'
import { type DeletedSources, deleteSources } from './delete-sources.ts'
import { listOffloads, readOffloads } from './offloaded.ts'
import { readBack } from './read-back.ts'
import { manifestFiles } from './sealed-files.ts'
import { presentSources, sourceFiles } from './source-files.ts'
import { writeBag } from './write-bag.ts'

export interface OffloadOptions {
  readonly dataset: Dataset
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly out: ObjectStore
  readonly archive: ObjectStore
  readonly to: ArchivePlace
  /** What becomes of the source files once a zip that was read back holds them. */
  readonly sources: 'keep' | 'delete'
  readonly now: Date
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: OffloadProgress) => void
}

/** Sources read, column chunks decoded, bytes read back, files deleted. */
export interface OffloadProgress {
  readonly phase: 'hash' | 'columns' | 'sources' | 'check' | 'delete'
  readonly done: number
  readonly total: number
}

export type OffloadOutcome =
  | {
      readonly kind: 'offloaded'
      readonly date: string
      readonly generation: number
      /** All zips of the day's sources. */
      readonly zips: readonly string[]
      /** The one that was written now, if any. */
      readonly written: WrittenOffload | null
      readonly deleted: DeletedSources
      /** Sources of the seal that the archive did not have any more when the run began. */
      readonly gone: number
    }
  /** Nothing was there to do: no source is left in the archive, or all are in zips and stay. */
  | {
      readonly kind: 'already-offloaded'
      readonly date: string
      readonly generation: number
      readonly zips: readonly string[]
      readonly gone: number
    }
  /** The day does not verify: nothing was written or deleted. */
  | { readonly kind: 'not-verified'; readonly date: string; readonly verdict: Verdict }

export interface WrittenOffload {
  readonly key: string
  /** Of the zip. */
  readonly bytes: number
  readonly sha256: string
  /** Source files in it, and their bytes. */
  readonly files: number
  readonly sourceBytes: number
}

/**
 * Puts the source files of a sealed day into a zip, after the day has been verified against them, and deletes them when the
 * zip has been read back and holds every one of them, by SHA-256. Only what the newest manifest names is read or deleted. Zips that are there are
 * checked and used, so that a run that was cut goes on where it was; sources that came later go into one more zip.
 *
 * Memory: that of `verify`.
 * @throws DaysealError `guard` when the day is not sealed, `source` for one that changes meanwhile, `corrupt` for a zip that
 * is not valid, `usage`, `storage`
 */
export async function offloadDay(options: OffloadOptions): Promise<OffloadOutcome> {
  const { dataset, out, archive, to, sources, now, signal } = options
  const date = parseDate(options.date)
  await removeLitter(to, now)
  const manifest = await sealedDay(dataset, out, date)
  const present = await presentSources(archive, parseLayout(dataset.archive.layout), manifest)
  const head = { date, generation: manifest.generation, gone: manifest.sources.length - present.size }
  if (present.size === 0) {
    return { kind: 'already-offloaded', ...head, zips: (await listOffloads(to, date)).map(({ key }) => key) }
  }
  const offloaded = await readOffloads(to, { date, dataset }, signal)
  const missing = heldBy(manifest, present, (key, sha256) => offloaded.sources.get(key) !== sha256)
  if (missing.size === 0 && sources === 'keep') return { kind: 'already-offloaded', ...head, zips: offloaded.zips }
  const verdict = await verifyNow(options, manifest)
  if (verdict.result === 'failed') return { kind: 'not-verified', date, verdict }
  const added = missing.size === 0 ? undefined : await writeOffload(options, manifest, missing, offloaded.nextKey)
  const zips = added === undefined ? offloaded.zips : [...offloaded.zips, added.written.key]
  const held = new Map([...offloaded.sources, ...(added?.sources ?? [])])
  const inZips = heldBy(manifest, present, (key, sha256) => held.get(key) === sha256)
  const deleted =
    sources === 'keep'
      ? NONE_DELETED
      : await deleteSources({ ...options, manifest, sources: inZips, hashed: new Set(added?.sources.keys()) })
  return { kind: 'offloaded', ...head, zips, written: added?.written ?? null, deleted }
}

const NONE_DELETED: DeletedSources = { files: 0, bytes: 0, kept: [] }

async function sealedDay(dataset: Dataset, out: ObjectStore, date: string): Promise<Manifest> {
  const newest = await newestGeneration(out, date)
  if (newest !== undefined) {
    refuseOtherSeal(dataset, newest, out)
    return newest.manifest
  }
  throw new DaysealError('guard', `${date} is not sealed`, {
    seen: `no manifest in ${out.location}`,
    wanted: 'a sealed day: its source files stay where they are until then',
    hint: 'run `dayseal seal` for that day',
  })
}

/** The sources for which `holds` is true of their key and their SHA-256 in the manifest. */
function heldBy(
  { sources }: Manifest,
  present: ReadonlyMap<string, ObjectInfo>,
  holds: (key: string, sha256: string) => boolean,
): ReadonlyMap<string, ObjectInfo> {
  const held = new Set(sources.filter(({ key, sha256 }) => holds(key, sha256)).map(({ key }) => key))
  return new Map([...present].filter(([key]) => held.has(key)))
}

async function verifyNow(options: OffloadOptions, manifest: Manifest): Promise<Verdict> {
  const { dataset, out, archive, date, signal, onProgress } = options
  const verdict = await verify({
    dataset,
    out,
    archive,
    date,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
  if (verdict.generation === manifest.generation) return verdict
  throw new DaysealError('conflict', `${date} was sealed again while it was being offloaded`, {
    hint: 'nothing was deleted; run again',
  })
}

async function writeOffload(
  { dataset, out, archive, to, now, signal, onProgress = () => undefined }: OffloadOptions,
  manifest: Manifest,
  missing: ReadonlyMap<string, ObjectInfo>,
  key: string,
): Promise<{ readonly written: WrittenOffload; readonly sources: ReadonlyMap<string, string> }> {
  const { date_utc: date } = manifest
  const name = key.slice(to.prefix.length, -'.zip'.length)
  const payload = async function* () {
    yield* manifestFiles(await allGenerations(out, date))
    yield* sourceFiles(archive, manifest, missing, signal)
  }
  const { zip } = await writeBag({
    store: to.store,
    key,
    name,
    payload: payload(),
    facts: {
      identifier: `${dataset.name}/offload/${name}`,
      description: `Source files of ${dataset.name} ${date}`,
      now,
    },
    beforeCommit: () => refuseTaken(to, key),
    signal,
  })
  const { days } = await readBack(to.store, zip.info, {
    onProgress: (done, total) => onProgress({ phase: 'check', done, total }),
    signal,
  })
  const sources = days.find((day) => day.date === date)?.sources ?? new Map<string, string>()
  const sourceBytes = manifest.sources.reduce((sum, source) => sum + (sources.has(source.key) ? source.bytes : 0), 0)
  return { written: { key, bytes: zip.bytes, sha256: zip.sha256, files: sources.size, sourceBytes }, sources }
}

async function refuseTaken({ store }: ArchivePlace, key: string): Promise<void> {
  if ((await store.head(key)) === undefined) return
  throw new DaysealError('conflict', `another run wrote ${key} in ${store.location} meanwhile`, {
    hint: 'nothing was deleted; run again',
  })
}
