import { DaysealError } from '../errors.ts'
import type { Progress } from '../progress.ts'
import { isObjectChanged, isObjectMissing } from '../store/object-store.ts'
import { firstBytes } from './beginnings.ts'
import { type Content, digestedEntries, readThrough } from './content-digest.ts'
import { readerOf } from './read-format.ts'
import type { IntakeDataset } from './slice-settings.ts'
import type { SliceSpool } from './slice-spool.ts'
import { eventSorter } from './sort-events.ts'
import { type EventCounts, spoolEvents } from './spool-events.ts'
import type { Upload } from './upload.ts'
import { entriesOf } from './upload-content.ts'
import { watchedStore } from './watched-store.ts'

/** What came of reading an upload that may be replaced meanwhile, or be none. */
export type OfUpload<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It is no longer what `info` says. */
  | { readonly kind: 'superseded' }

/** A fault of the upload as a whole is an outcome: nothing would mend it but another upload. */
async function ofUpload<T>(read: () => Promise<T>): Promise<OfUpload<T>> {
  try {
    return { kind: 'read', value: await read() }
  } catch (error) {
    if (isObjectChanged(error) || isObjectMissing(error)) return { kind: 'superseded' }
    if (error instanceof DaysealError && error.code === 'source' && error.reason === undefined)
      return { kind: 'refused', reason: error.message }
    throw error
  }
}

export interface LookOptions {
  readonly dataset: IntakeDataset
  readonly upload: Upload
  readonly signal: AbortSignal | undefined
}

/** How an upload's content begins: 4 KiB of it at most. */
export function readBeginning({ dataset, upload, signal }: LookOptions): Promise<OfUpload<Uint8Array>> {
  return ofUpload(() => firstBytes(upload.store, upload.info, dataset.limits, signal))
}

export interface Identity {
  readonly content: Content
  /** Of the bytes as they are stored. */
  readonly stored: string
  /** The SHA-256 of the first so many bytes, for each of the lengths that the content has. */
  readonly prefixes: ReadonlyMap<number, string>
}

/** Reads an upload's content to its end, and no event of it. */
export function identifyUpload(
  { dataset, upload, signal }: LookOptions,
  lengths: readonly number[],
): Promise<OfUpload<Identity>> {
  const { info } = upload
  return ofUpload(async () => {
    const watched = watchedStore(upload.store, () => undefined)
    const digested = digestedEntries(entriesOf(watched.store, info, dataset.limits, signal), lengths)
    await readThrough(digested.entries, signal)
    const stored = await watched.sha256(info, signal)
    return { content: digested.content(), stored, prefixes: digested.prefixes }
  })
}

export interface ReadOptions extends LookOptions {
  readonly spool: SliceSpool
  /** What begins before this byte of the content is not spooled. */
  readonly from: number
  /** Phase `read`, of the bytes as they are stored. */
  readonly onProgress: (progress: Progress) => void
}

/** An upload that was read to its end; `stored`: SHA-256 of the bytes as they are stored. */
export interface ReadUpload {
  readonly stored: string
  readonly content: Content
  readonly counts: EventCounts
}

/** Reads an upload into the spool, and hashes it on the way. */
export function readUpload(options: ReadOptions): Promise<OfUpload<ReadUpload>> {
  const { dataset, upload, spool, from, signal, onProgress } = options
  const { info } = upload
  let done = 0
  return ofUpload(async () => {
    const watched = watchedStore(upload.store, (bytes) => {
      done += bytes
      onProgress({ phase: 'read', done: Math.min(done, info.size), total: info.size })
    })
    const digested = digestedEntries(entriesOf(watched.store, info, dataset.limits, signal))
    const source = {
      entries: digested.entries,
      reader: readerOf(dataset.uploads.format),
      sort: eventSorter(upload.key, dataset.uploads, info.modified),
      limits: dataset.limits,
      from,
      signal,
    }
    const counts = await spoolEvents(source, spool)
    return { stored: await watched.sha256(info, signal), content: digested.content(), counts }
  })
}

/** The SHA-256 of an upload's bytes as they are stored, of one that cannot be read. */
export function storedHash({ upload, signal }: LookOptions): Promise<OfUpload<string>> {
  return ofUpload(() => watchedStore(upload.store, () => undefined).sha256(upload.info, signal))
}
