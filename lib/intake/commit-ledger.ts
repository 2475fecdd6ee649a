import { createOnly } from '../store/create-only.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { nameHash } from './upload-id.ts'
import { uploadLedgerKey } from './upload-keys.ts'
import { type UploadLedger, uploadLedgerBytes } from './upload-ledger.ts'

/**
 * Commits a version: the create-only write of its ledger, read back. False when the number is another version's. Its slices count from
 * now on; `finishVersions` does the rest.
 */
export async function commitLedger(archive: ObjectStore, ledger: UploadLedger): Promise<boolean> {
  const { upload, seq } = ledger
  const key = uploadLedgerKey(nameHash(upload.key), seq)
  return (await createOnly(archive, key, uploadLedgerBytes(ledger))).kind === 'created'
}
