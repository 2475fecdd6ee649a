import type { ObjectStore } from '../store/object-store.ts'
import { noteKey, uploadLedgerKey, versionName } from './upload-keys.ts'
import { type UploadLedger, uploadLedgerBytes } from './upload-ledger.ts'

/**
 * Commits a version: the create-only write of its ledger. False when the number is another version's. A crash before the
 * note makes the next listing read the ledger instead.
 */
export async function commitLedger(archive: ObjectStore, ledger: UploadLedger): Promise<boolean> {
  const { upload, seq } = ledger
  const name = versionName(upload, ledger)
  const outcome = await archive.putIfAbsent(uploadLedgerKey(name.name, seq), uploadLedgerBytes(ledger))
  if (outcome.kind === 'conflict') return false
  await archive.putIfAbsent(noteKey(name), new Uint8Array())
  return true
}
