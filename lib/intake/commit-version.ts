import { DaysealError } from '../errors.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { commitLedger } from './commit-ledger.ts'
import { contentKey } from './content-index.ts'
import { listVersions, type UploadVersion } from './ledger-listing.ts'
import { retirementKey } from './retired.ts'
import { SETTINGS_DIGITS } from './slice-settings.ts'
import type { Upload } from './upload.ts'
import { etagHash, nameHash } from './upload-id.ts'
import { versionsPrefix } from './upload-keys.ts'
import {
  type HeldUpload,
  type PartitionedUpload,
  type RefusedUpload,
  readUploadLedger,
  type UploadLedger,
} from './upload-ledger.ts'

/** What a version's ledger says, but for its number. */
export type Unnumbered = Omit<PartitionedUpload, 'seq'> | Omit<RefusedUpload, 'seq'> | Omit<HeldUpload, 'seq'>

/** Where a content is filed, so that it is known again. */
export interface FiledContent {
  readonly folder: string
  readonly bytes: number
  readonly sha256: string
}

/** Of so many writers that come first each was another version. */
const MOST_LOSSES = 20

/**
 * Commits a version of an upload, if the upload still is in the state that was read: that is looked at after the number is
 * known, so that whoever reads a later state gets a higher one. Gives the ledger, which another writer of the same version
 * may have written; undefined when the upload was replaced or removed.
 * @throws DaysealError `conflict` after 20 other versions came first
 */
export async function commitVersion(
  archive: ObjectStore,
  { store, info }: Upload,
  version: Unnumbered,
  filed: FiledContent | undefined,
): Promise<UploadLedger | undefined> {
  const { upload } = version
  for (let losses = 0; losses < MOST_LOSSES; losses++) {
    const newest = (await versionsOf(archive, upload.key)).at(-1)
    if (newest !== undefined && isSame(newest, version)) {
      const ledger = await readUploadLedger(archive, newest.ledgerKey)
      if (ledger !== undefined && retiresAsMuch(ledger, version)) return ledger
    }
    if ((await store.head(info.key))?.etag !== info.etag) return undefined
    const ledger = { ...version, seq: (newest?.seq ?? 0) + 1 }
    await markVersion(archive, ledger, filed)
    if (await commitLedger(archive, ledger)) return ledger
  }
  throw new DaysealError('conflict', `other versions of ${upload.key} come first again and again`, {
    hint: 'run again once nothing writes to it',
  })
}

/** What is to be there once the ledger is, and means nothing without it. */
async function markVersion(archive: ObjectStore, ledger: UploadLedger, filed: FiledContent | undefined): Promise<void> {
  const { upload, id, seq, settings_sha256 } = ledger
  const name = nameHash(upload.key)
  for (const retired of retiredBy(ledger))
    await archive.putIfAbsent(retirementKey({ id: retired, name, seq, by: id }), new Uint8Array())
  if (filed === undefined) return
  const { folder, bytes, sha256 } = filed
  const settings = settings_sha256.slice(0, SETTINGS_DIGITS)
  await archive.putIfAbsent(contentKey(folder, { bytes, sha256, settings, id, name, seq }), new Uint8Array())
}

function retiredBy(ledger: Unnumbered): readonly string[] {
  return ledger.outcome === 'partitioned' ? (ledger.retires ?? []).map(({ id }) => id) : []
}

/** Another writer of the same version may not have been told to take the place of anything. */
function retiresAsMuch(ledger: UploadLedger, version: Unnumbered): boolean {
  const retired = retiredBy(ledger)
  return retiredBy(version).every((id) => retired.includes(id))
}

/** The versions of an upload that have a ledger, from oldest to newest. */
export async function versionsOf(archive: ObjectStore, uploadKey: string): Promise<readonly UploadVersion[]> {
  const { versions } = await listVersions(archive, versionsPrefix(uploadKey))
  return [...versions.values()].flat()
}

function isSame(newest: UploadVersion, { id, outcome, upload }: Unnumbered): boolean {
  return newest.etag === etagHash(upload.etag) && newest.id === id && newest.outcome === outcome
}
