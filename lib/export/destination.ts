import type { Dataset } from '../config.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import type { ExportSettings } from './settings.ts'

export interface Destination {
  readonly destination: ObjectStore
  /** Empty, or with a slash at its end. */
  readonly folder: string
}

/** What a dataset exports, and how. */
export interface DatasetExport {
  readonly dataset: Dataset
  readonly settings: ExportSettings
}

/** Where an export's files go: its own `to`, in a folder of its name, or `exports/NAME/` of the dataset's output. */
export function destinationOf(
  { dataset, settings: { name, to, toS3 } }: DatasetExport,
  signal?: AbortSignal | undefined,
): Destination {
  if (to === undefined) {
    return {
      destination: openStore(dataset.out, { createRoot: true, s3: dataset.s3, signal }),
      folder: `exports/${name}/`,
    }
  }
  return { destination: openStore(to, { createRoot: true, s3: toS3 ?? dataset.s3, signal }), folder: `${name}/` }
}
