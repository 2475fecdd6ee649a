import type { Progress } from '../progress.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Decision } from './decide-place.ts'
import type { IntakeDataset } from './slice-settings.ts'
import type { Upload } from './upload.ts'
import type { HeldUpload, PartitionedUpload, RefusedUpload } from './upload-ledger.ts'

export interface PartitionRequest {
  readonly dataset: IntakeDataset
  readonly archive: ObjectStore
  readonly upload: Upload
  /** What a person said of an upload whose name was something else before; undefined: what the dataset says, if anything. */
  readonly decision: Decision | undefined
  readonly newId: () => string
  /** An existing directory, with room for what the upload is when it is compressed with gzip. */
  readonly scratch: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export type PartitionOutcome =
  | {
      readonly kind: 'partitioned'
      readonly ledger: PartitionedUpload
      /** The versions whose slices count no more: their days are stale as well. */
      readonly retired: readonly PartitionedUpload[]
    }
  /** The upload's state and the settings are those of its newest ledger. */
  | {
      readonly kind: 'already-partitioned'
      readonly ledger: PartitionedUpload
      readonly retired: readonly PartitionedUpload[]
    }
  /** It cannot be read as a whole; the ledger says why. */
  | { readonly kind: 'refused'; readonly ledger: RefusedUpload }
  /** A person has to decide. Its ledger is committed only of an upload of the archive, which is found again there. */
  | { readonly kind: 'held'; readonly ledger: Omit<HeldUpload, 'seq'> }
  /** It was replaced or removed while it was read. Nothing of it counts. */
  | { readonly kind: 'superseded'; readonly key: string }
