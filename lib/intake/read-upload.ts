import { DaysealError } from '../errors.ts'
import type { Progress } from '../progress.ts'
import { isObjectChanged, isObjectMissing } from '../store/object-store.ts'
import { readerOf } from './read-format.ts'
import type { IntakeDataset } from './slice-settings.ts'
import type { SliceSpool } from './slice-spool.ts'
import { eventSorter } from './sort-events.ts'
import { type EventCounts, spoolEvents } from './spool-events.ts'
import type { Upload } from './upload.ts'
import { watchedStore } from './watched-store.ts'

export interface ReadOptions {
  readonly dataset: IntakeDataset
  readonly upload: Upload
  readonly spool: SliceSpool
  readonly signal: AbortSignal | undefined
  /** Phase `read`, of the bytes as they are stored. */
  readonly onProgress: (progress: Progress) => void
}

/** What reading an upload to its end came to; `sha256` is of the bytes as they are stored. */
export type UploadReading =
  | { readonly kind: 'read'; readonly sha256: string; readonly counts: EventCounts }
  | { readonly kind: 'refused'; readonly sha256: string; readonly reason: string }
  /** It is no longer what `info` says. */
  | { readonly kind: 'superseded' }

/** Reads an upload into the spool, and hashes it on the way. */
export async function readUpload({ dataset, upload, spool, signal, onProgress }: ReadOptions): Promise<UploadReading> {
  const { info } = upload
  let done = 0
  const watched = watchedStore(upload.store, (bytes) => {
    done += bytes
    onProgress({ phase: 'read', done: Math.min(done, info.size), total: info.size })
  })
  const source = {
    store: watched.store,
    info,
    reader: readerOf(dataset.uploads.format),
    sort: eventSorter(upload.key, dataset.uploads, info.modified),
    limits: dataset.limits,
    signal,
  }
  try {
    const read = await unlessRefused(() => spoolEvents(source, spool))
    return { ...read, sha256: await watched.sha256(info, signal) }
  } catch (error) {
    if (isObjectChanged(error) || isObjectMissing(error)) return { kind: 'superseded' }
    throw error
  }
}

/** A fault of the upload as a whole is an outcome: nothing would mend it but another upload. */
async function unlessRefused(read: () => Promise<EventCounts>) {
  try {
    return { kind: 'read', counts: await read() } as const
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'source' && error.reason === undefined)
      return { kind: 'refused', reason: error.message } as const
    throw error
  }
}
