import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import type { UploadSettings } from '../intake/settings.ts'
import { withUploads } from '../intake/slice-settings.ts'
import { isUploadKey, OF_UPLOADS, sliceId } from '../intake/upload-keys.ts'
import { normalLocation } from '../store/location.ts'

/** An object of an archive, and the hour that its key names. */
export interface ArchiveHour {
  readonly dataset: Dataset
  readonly date: string
  readonly hour: string
  /** Relative to the archive. */
  readonly key: string
}

/**
 * The hours that an object in a bucket belongs to: one for each dataset whose archive and layout explain its key. None for a
 * slice of an upload: it counts by its upload's ledger, and not from when it is there.
 */
export function archiveHours(datasets: Iterable<Dataset>, bucket: string, key: string): readonly ArchiveHour[] {
  return [...datasets].flatMap((dataset) => {
    const inside = keyInArchive(dataset, bucket, key)
    if (inside === undefined || (dataset.uploads !== undefined && sliceId(inside) !== undefined)) return []
    const named = parseLayout(dataset.archive.layout).match(inside)
    return named === undefined ? [] : [{ dataset, key: inside, ...named }]
  })
}

/** A file that was put for a dataset to be split. */
export interface ArrivedUpload {
  readonly dataset: Dataset & { readonly uploads: UploadSettings }
  /** Relative to the archive. */
  readonly key: string
}

/** What an object in a bucket is an upload of: at most one dataset has uploads in one archive, but archives may overlap. */
export function archiveUploads(datasets: Iterable<Dataset>, bucket: string, key: string): readonly ArrivedUpload[] {
  return [...datasets].flatMap((dataset) => {
    const inside = keyInArchive(dataset, bucket, key)
    if (inside === undefined || dataset.uploads === undefined) return []
    return isUploadKey(inside, dataset.uploads.prefix) ? [{ dataset: withUploads(dataset), key: inside }] : []
  })
}

/** Whether an object is an upload or was made of one: it is no hour, and nothing to wonder about. */
export function isOfUploads(datasets: Iterable<Dataset>, bucket: string, key: string): boolean {
  return [...datasets].some((dataset) => {
    const inside = keyInArchive(dataset, bucket, key)
    if (inside === undefined || dataset.uploads === undefined) return false
    return inside.startsWith(dataset.uploads.prefix) || inside.startsWith(OF_UPLOADS) || sliceId(inside) !== undefined
  })
}

function keyInArchive({ archive }: Dataset, bucket: string, key: string): string | undefined {
  const root = `${normalLocation(archive.location)}/`
  const url = `s3://${bucket}/${key}`
  return url.startsWith(root) ? url.slice(root.length) : undefined
}
