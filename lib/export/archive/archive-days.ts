import { parseLayout } from '../../archive/layout.ts'
import type { Dataset } from '../../config.ts'
import { DaysealError } from '../../errors.ts'
import { allGenerations, type Generation, newestKeys, readGeneration } from '../../seal/history.ts'
import type { Manifest } from '../../seal/manifest.ts'
import { refuseOtherSeal } from '../../seal/own-output.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { some } from '../../verify/verdict.ts'
import { type ArchivePlace, removeLitter } from './archive-place.ts'
import { exportPath } from './bag-paths.ts'
import type { BaggedDay } from './check-contents.ts'
import { payloadStream } from './payload-object.ts'
import { readBack } from './read-back.ts'
import { safePath } from './safe-path.ts'
import { manifestFiles, sealedAt, sealedFiles } from './sealed-files.ts'
import { presentSources, refuseGone, sourceFiles } from './source-files.ts'
import { type PayloadFile, writeBag } from './write-bag.ts'

/** A file that an export of one day made. */
export interface ExportedFile {
  /** Below `data/exports/`. Differs from that of every other day and format. */
  readonly path: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Exports a sealed day. Each file is read to its end before the next one is asked for. */
export type ExportDay = (generation: Generation) => AsyncIterable<ExportedFile>

/** `sealed`: the data, the ledgers and the quarantine. The manifests are always in. */
export type ArchivePart = 'sealed' | 'sources'

export interface ArchiveOptions {
  readonly dataset: Dataset
  readonly out: ObjectStore
  /** For the part `sources`. */
  readonly archive: ObjectStore
  /** Adds exports of each day. */
  readonly exportDay: ExportDay | undefined
  /** Names the zip and the folder in it: letters, digits and `._=@+,-`. */
  readonly name: string
  /** `YYYY-MM-DD`, in order. */
  readonly dates: readonly string[]
  readonly parts: readonly ArchivePart[]
  /** Days that are not sealed: an error, or left out. */
  readonly unsealed: 'refuse' | 'skip'
  /** An archive of that name: an error, or replaced. */
  readonly existing: 'refuse' | 'replace'
  readonly to: ArchivePlace
  readonly now: Date
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ArchiveProgress) => void
}

/** Days packed; bytes of the payload read back. */
export interface ArchiveProgress {
  readonly phase: 'pack' | 'check'
  readonly done: number
  readonly total: number
  readonly detail?: string
}

export interface WrittenArchive {
  readonly key: string
  /** Of the zip. */
  readonly bytes: number
  readonly sha256: string
  /** Of the payload. */
  readonly files: number
  readonly payloadBytes: number
  readonly days: readonly BaggedDay[]
  /** Days that were left out because they are not sealed. */
  readonly skipped: readonly string[]
}

/**
 * Puts sealed days into one zip, as a bag (RFC 8493), and reads it back: its checksums, and those of the days' manifests. It
 * appears under its name when it is whole; one that does not read back as it was written is removed.
 *
 * Memory: the streams' buffers, one day's manifests, and about 1 kB per file.
 * @throws DaysealError `guard` for days that are not sealed, `source` for sources that are gone or have changed, `corrupt`
 * for days that are damaged, `usage`, `storage`
 */
export async function archiveDays(options: ArchiveOptions): Promise<WrittenArchive> {
  const { dataset, out, dates, name, to, now, signal, onProgress = () => undefined } = options
  refuseBadName(name)
  const key = `${to.prefix}${name}.zip`
  await refuseExisting(key, options)
  const sealed = await newestKeys(out)
  const [days, skipped] = [dates.filter((date) => sealed.has(date)), dates.filter((date) => !sealed.has(date))]
  refuseUnsealed(days, skipped, options)
  await refuseGoneSources(options, days, sealed)
  await removeLitter(to, now)
  const written = await writeBag({
    store: to.store,
    key,
    name,
    payload: payloadOf(options, days),
    facts: { identifier: `${dataset.name}/${name}`, description: describe(dataset.name, days), now },
    beforeCommit: () => refuseExisting(key, options),
    signal,
  })
  const check = (done: number, total: number) => onProgress({ phase: 'check', done, total, detail: key })
  const { days: bagged } = await readBack(to.store, written.zip.info, { onProgress: check, signal })
  const { payloadBytes, payloadFiles: files, zip } = written
  return { key, bytes: zip.bytes, sha256: zip.sha256, files, payloadBytes, days: bagged, skipped }
}

async function* payloadOf(options: ArchiveOptions, days: readonly string[]): AsyncGenerator<PayloadFile> {
  const { dataset, out, parts, exportDay, signal, onProgress = () => undefined } = options
  for (const [done, date] of days.entries()) {
    signal?.throwIfAborted()
    onProgress({ phase: 'pack', done, total: days.length, detail: date })
    const generations = await allGenerations(out, date)
    const newest = generations.at(-1)
    // Nothing that is committed goes away.
    if (newest === undefined) throw new DaysealError('corrupt', `the manifests of ${date} in ${out.location} are gone`)
    refuseOtherSeal(dataset, newest, out)
    yield* manifestFiles(generations)
    if (parts.includes('sealed')) yield* await sealedFiles(out, newest.manifest, signal)
    if (parts.includes('sources')) yield* await sourcesOf(options, newest.manifest)
    if (exportDay !== undefined) yield* exportFiles(exportDay, newest)
  }
  onProgress({ phase: 'pack', done: days.length, total: days.length })
}

async function sourcesOf({ dataset, archive, signal }: ArchiveOptions, manifest: Manifest) {
  const present = await presentSources(archive, parseLayout(dataset.archive.layout), manifest)
  refuseGone(manifest, present, archive)
  return sourceFiles(archive, manifest, present, signal)
}

async function* exportFiles(exportDay: ExportDay, generation: Generation): AsyncGenerator<PayloadFile> {
  for await (const { path, chunks } of exportDay(generation)) {
    yield payloadStream(chunks, exportPath(path), sealedAt(generation.manifest))
  }
}

/** Before the first byte is written: packing many days takes long. */
async function refuseGoneSources(
  options: ArchiveOptions,
  days: readonly string[],
  sealed: ReadonlyMap<string, string>,
): Promise<void> {
  if (!options.parts.includes('sources')) return
  for (const date of days) await sourcesOf(options, (await readGeneration(options.out, sealed.get(date)!)).manifest)
}

function refuseBadName(name: string): void {
  if (/^\w[\w.=@+,-]{0,99}$/.test(name) && safePath(name) === name) return
  throw new DaysealError('usage', 'the archive cannot have that name', {
    seen: JSON.stringify(name),
    wanted: 'at most 100 letters, digits and ._=@+,- that are a file name on every system, such as 2025-03',
  })
}

async function refuseExisting(key: string, { to, existing }: ArchiveOptions): Promise<void> {
  if (existing === 'replace' || (await to.store.head(key)) === undefined) return
  throw new DaysealError('usage', `there is an archive ${key} in ${to.store.location} already`, {
    hint: 'choose another name, or replace it with --replace',
  })
}

function refuseUnsealed(days: readonly string[], unsealed: readonly string[], options: ArchiveOptions): void {
  if (unsealed.length === 0 || (options.unsealed === 'skip' && days.length > 0)) return
  throw new DaysealError('guard', `${some(unsealed)} ${unsealed.length === 1 ? 'is' : 'are'} not sealed`, {
    seen: `no manifest in ${options.out.location}`,
    wanted: 'sealed days',
    hint: days.length === 0 ? 'seal them first' : 'seal them first, or leave them out with --skip-unsealed',
  })
}

function describe(dataset: string, days: readonly string[]): string {
  const [first, last] = [days[0], days.at(-1)]
  return `Sealed days of ${dataset}: ${first === last ? first : `${first} to ${last} (${days.length})`}`
}
