import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { listVersions, type UploadVersion } from './ledger-listing.ts'
import { listRetirements, retirementKey } from './retired.ts'
import { readPartitioned, readVersion } from './upload-accounts.ts'
import { noteKey } from './upload-keys.ts'
import type { PartitionedUpload } from './upload-ledger.ts'

/** Objects that are deleted at the same time. */
const AT_ONCE = 8

/**
 * What follows a commit, and what any later run may do after a crash: deletes the slices of what the version retires, and
 * then notes the version. Nothing that counts depends on it. `prefix`: of the versions of one upload, or `LEDGERS`.
 */
export async function finishVersions(archive: ObjectStore, prefix: string): Promise<void> {
  const { versions } = await listVersions(archive, prefix)
  for (const version of [...versions.values()].flat().filter(({ isNoted }) => !isNoted)) {
    const ledger = await readPartitioned(archive, version.ledgerKey, version.id)
    for (const retired of ledger?.retires ?? []) await deleteSlices(archive, await readVersion(archive, retired))
    await deleteStrayMarks(archive, version)
    await archive.putIfAbsent(noteKey(version), new Uint8Array())
  }
}

/** Marks of a run that was stopped before its ledger, whose number and id another ledger has got. */
async function deleteStrayMarks(archive: ObjectStore, { name, seq, id, retires }: UploadVersion): Promise<void> {
  const { all } = await listRetirements(archive)
  const stray = all.filter(
    (mark) => mark.name === name && mark.seq === seq && !(mark.by === id && retires.includes(mark.id)),
  )
  await atOnce(stray, AT_ONCE, (mark) => archive.delete(retirementKey(mark)))
}

async function deleteSlices(archive: ObjectStore, retired: PartitionedUpload | undefined): Promise<void> {
  const { slices = [], quarantine = null } = retired ?? {}
  const keys = [...slices.map(({ key }) => key), ...(quarantine === null ? [] : [quarantine.key])]
  await atOnce(keys, AT_ONCE, (key) => archive.delete(key))
}
