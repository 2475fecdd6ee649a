import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { listVersions, liveVersions, type UploadVersion } from './ledger-listing.ts'
import { LEDGERS, noteKey } from './upload-keys.ts'
import { readUploadLedger } from './upload-ledger.ts'

/** Objects that are deleted at the same time. */
const AT_ONCE = 8

/**
 * What follows a commit, and what any later run may do after a crash: deletes the slices of the version before, unless their
 * id still counts for some name, and then notes the version. Nothing that counts depends on it. `prefix`: of the versions
 * of one upload, or `LEDGERS`.
 */
export async function finishVersions(archive: ObjectStore, prefix: string): Promise<void> {
  const { versions } = await listVersions(archive, prefix)
  for (const all of versions.values()) {
    for (const version of all.filter(({ isNoted }) => !isNoted)) {
      const before = all.findLast(({ seq, outcome }) => seq < version.seq && outcome === 'partitioned')
      if (before !== undefined && version.outcome === 'partitioned') await deleteRetired(archive, before)
      await archive.putIfAbsent(noteKey(version), new Uint8Array())
    }
  }
}

async function deleteRetired(archive: ObjectStore, version: UploadVersion): Promise<void> {
  const { versions } = await listVersions(archive, LEDGERS)
  if (liveVersions(versions).some(({ id }) => id === version.id)) return
  const ledger = await readUploadLedger(archive, version.ledgerKey)
  if (ledger?.outcome !== 'partitioned') return
  const { slices, quarantine } = ledger
  // The first one last: as long as it is there, other writers of this id know that some may be missing.
  const [first, ...others] = [...slices.map(({ key }) => key), ...(quarantine === null ? [] : [quarantine.key])]
  await atOnce(others, AT_ONCE, (key) => archive.delete(key))
  if (first !== undefined) await archive.delete(first)
}
