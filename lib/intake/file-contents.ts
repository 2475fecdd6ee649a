import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { AS_STORED, contentKey } from './content-index.ts'
import { finishVersions } from './finish-versions.ts'
import { listVersions, liveness } from './ledger-listing.ts'
import { IS_INDEXED, retiredByName, retirementKey } from './retired.ts'
import { SETTINGS_DIGITS } from './slice-settings.ts'
import { readPartitioned } from './upload-accounts.ts'
import { LEDGERS } from './upload-keys.ts'

/** Ledgers that are read at the same time. */
const AT_ONCE = 16

/**
 * Files the contents of ledgers from before there was a content index, once for an archive: of what counts the stored bytes,
 * all that is known of it; of what does not, that it is retired.
 */
export async function fileContents(archive: ObjectStore): Promise<void> {
  if ((await archive.head(IS_INDEXED)) !== undefined) return
  await finishVersions(archive, LEDGERS)
  const { versions } = await listVersions(archive, LEDGERS)
  const { live } = await liveness(archive, versions)
  await atOnce([...live.values()].flat(), AT_ONCE, async ({ ledgerKey, id, name, seq }) => {
    const ledger = await readPartitioned(archive, ledgerKey, id)
    if (ledger === undefined) return
    const { bytes, sha256 } = ledger.upload
    const settings = ledger.settings_sha256.slice(0, SETTINGS_DIGITS)
    await archive.putIfAbsent(contentKey(AS_STORED, { bytes, sha256, settings, id, name, seq }), new Uint8Array())
  })
  await atOnce(retiredByName(versions), AT_ONCE, (retired) =>
    archive.putIfAbsent(retirementKey(retired), new Uint8Array()),
  )
  await archive.putIfAbsent(IS_INDEXED, new Uint8Array())
}
