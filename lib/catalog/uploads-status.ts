import { atOnce } from '../at-once.ts'
import type { Uploads, UploadVersion } from '../intake/ledger-listing.ts'
import { QUARANTINES, uploadQuarantineKey } from '../intake/upload-keys.ts'
import { readUploadLedger } from '../intake/upload-ledger.ts'
import { type ObjectStore, objectChanged } from '../store/object-store.ts'

/** What there is of a dataset's uploads, whatever their days. */
export interface UploadsStatus {
  /** Uploads that are not partitioned yet. */
  readonly inFlight: number
  /** Uploads whose present version could not be read. */
  readonly refused: number
  /** Uploads that somebody has to decide about, each with why. */
  readonly held: readonly { readonly key: string; readonly reason: string }[]
  /** Keys where uploads or their ledgers lie that are neither: names that start with a dot, or that no file can have. */
  readonly unexpected: readonly string[]
  /** Of the uploads that count: how many have events that are in no slice, and how many such events. */
  readonly quarantined: { readonly uploads: number; readonly events: number }
}

/** Ledgers that are read at the same time. */
const READERS = 8

/**
 * One listing more than `uploads` took, of the quarantines, and a ledger is read for each of them that counts: an archive
 * whose uploads are all good costs no read.
 * @throws DaysealError `storage`, `corrupt` for such a ledger that cannot be read
 */
export async function uploadsStatus(
  archive: ObjectStore,
  uploads: Uploads,
  signal: AbortSignal | undefined,
): Promise<UploadsStatus> {
  const kept = new Set((await archive.list(QUARANTINES)).map(({ key }) => key))
  const versions = [...uploads.live].flatMap(([id, [version]]) =>
    version !== undefined && kept.has(uploadQuarantineKey(id)) ? [version] : [],
  )
  const events = await atOnce(versions, READERS, (version) => {
    signal?.throwIfAborted()
    return quarantinedIn(archive, version)
  })
  return {
    inFlight: uploads.inFlight.length,
    refused: uploads.refused.length,
    held: uploads.held.map(({ upload, reason }) => ({ key: upload.key, reason })),
    unexpected: uploads.unexpected,
    quarantined: { uploads: versions.length, events: events.reduce((sum, lines) => sum + lines, 0) },
  }
}

async function quarantinedIn(archive: ObjectStore, { ledgerKey, id }: UploadVersion): Promise<number> {
  const ledger = await readUploadLedger(archive, ledgerKey)
  if (ledger?.id !== id) throw objectChanged(archive.location, ledgerKey)
  return ledger.outcome === 'partitioned' ? (ledger.quarantine?.lines ?? 0) : 0
}
