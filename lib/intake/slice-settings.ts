import { canonicalJson } from '../canonical-json.ts'
import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { sha256 } from '../sha256.ts'
import type { UploadSettings } from './settings.ts'

/** Goes up when the same upload would make other slices. */
const SLICE_FORMAT = 2

/** A dataset that has uploads. */
export type IntakeDataset = Pick<Dataset, 'name' | 'archive' | 'limits'> & { readonly uploads: UploadSettings }

/** Throws `usage` for a dataset whose configuration says nothing of uploads. */
export function withUploads<D extends Dataset>(dataset: D): D & { readonly uploads: UploadSettings } {
  const { uploads } = dataset
  if (uploads !== undefined) return { ...dataset, uploads }
  throw new DaysealError('usage', `the dataset ${dataset.name} has no uploads`, {
    wanted: 'what they are: --format and --timestamp, or `uploads` in the configuration (docs/uploads.md)',
  })
}

/** So many digits of that hash tell settings apart in names. */
export const SETTINGS_DIGITS = 16

/** Of what makes slices other slices. A limit that only refuses an upload does not. */
export function settingsSha256({ archive, limits, uploads }: IntakeDataset): string {
  const { format, timestamp, firstDay, futureHours } = uploads
  const { maxLineBytes, maxDepth } = limits
  const shape = { format, timestamp, firstDay, futureHours, maxLineBytes, maxDepth, layout: archive.layout }
  return sha256(canonicalJson({ sliceFormat: SLICE_FORMAT, ...shape }))
}
