import { type Owner, refuseOther } from '../owner.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { listVersions } from './ledger-listing.ts'
import { LEDGERS } from './upload-keys.ts'
import { readUploadLedger } from './upload-ledger.ts'

/**
 * Refuses an archive into which another dataset's uploads were partitioned, as the latest ledger tells. One listing and one
 * ledger.
 * @throws DaysealError `usage`, `corrupt` for a ledger that cannot be read, `storage`
 */
export async function refuseOtherArchive(owner: Owner, archive: ObjectStore): Promise<void> {
  const versions = [...(await listVersions(archive, LEDGERS)).versions.values()].flat()
  const latest = versions.reduce<(typeof versions)[number] | undefined>(
    (found, version) => (found === undefined || version.written > found.written ? version : found),
    undefined,
  )
  if (latest === undefined) return
  const ledger = await readUploadLedger(archive, latest.ledgerKey)
  if (ledger !== undefined) refuseOther(owner, ledger.dataset, `${latest.ledgerKey} in ${archive.location}`)
}
