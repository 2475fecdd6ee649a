import { atOnce } from '../at-once.ts'
import type { SourceAccount } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import type { Uploads, UploadVersion } from '../intake/ledger-listing.ts'
import { sliceId } from '../intake/upload-keys.ts'
import { readUploadLedger } from '../intake/upload-ledger.ts'
import { type ObjectStore, objectChanged } from '../store/object-store.ts'
import type { Manifest, UploadedDay } from './manifest.ts'
import type { UploadsState } from './uploads-guard.ts'

export interface UploadedDayInput {
  readonly archive: ObjectStore
  readonly uploads: Uploads
  readonly state: UploadsState
  readonly rule: UploadedDay['rule']
  /** All that the day counts. */
  readonly sources: readonly SourceAccount[]
  readonly previous: Manifest | undefined
  readonly signal: AbortSignal | undefined
}

type NamedUpload = UploadedDay['uploads'][number]

/** Ledgers that are read at the same time. */
const READERS = 16

/**
 * What the manifest says of a day's uploads. Reads the ledger of each version that the day has slices of: a listing tells
 * neither its upload's key nor its hash.
 * @throws DaysealError `source` for a slice that no ledger knows, `corrupt` for a ledger that cannot be read, `storage`
 */
export async function uploadedDay(input: UploadedDayInput): Promise<UploadedDay> {
  const { state, rule, sources } = input
  const { silent, inFlight, held, quietMinutes, quietSince } = state
  const found = new Set(sources.map(({ hour }) => hour))
  return {
    rule,
    silent_hours: silent.filter((hour) => !found.has(hour)).toSorted(),
    in_flight: inFlight + held.length,
    quiet_minutes: quietMinutes,
    quiet_since_utc: new Date(quietSince).toISOString(),
    uploads: await namedUploads(input),
  }
}

async function namedUploads({ archive, uploads, sources, previous, signal }: UploadedDayInput): Promise<NamedUpload[]> {
  const slices = new Map(sources.flatMap(({ key }) => [[sliceId(key), key] as const]))
  const versions: UploadVersion[] = []
  const kept: NamedUpload[] = []
  for (const [id, key] of slices) {
    if (id === undefined) continue
    const live = uploads.live.get(id)
    // Where ledgers are gone, the slices are taken from their part, and what was known of them from the last seal.
    const known = previous?.uploads?.uploads.filter((upload) => upload.id === id) ?? []
    if (live === undefined && known.length === 0) throw unknownSlice(archive, key)
    if (live === undefined) kept.push(...known)
    else versions.push(...live)
  }
  const named = await atOnce(versions, READERS, (version) => {
    signal?.throwIfAborted()
    return namedUpload(archive, version)
  })
  return [...named, ...kept].sort((a, b) => (a.key === b.key ? a.seq - b.seq : a.key < b.key ? -1 : 1))
}

async function namedUpload(archive: ObjectStore, { ledgerKey, id, seq }: UploadVersion): Promise<NamedUpload> {
  const ledger = await readUploadLedger(archive, ledgerKey)
  if (ledger?.id !== id || ledger.seq !== seq) throw objectChanged(archive.location, ledgerKey)
  const { key, sha256 } = ledger.upload
  const quarantined = ledger.outcome === 'partitioned' ? (ledger.quarantine?.lines ?? 0) : 0
  return { key, seq, id, sha256, ...(quarantined > 0 && { quarantined }) }
}

function unknownSlice({ location }: ObjectStore, key: string): DaysealError {
  return new DaysealError(
    'source',
    `${key} is named like a slice of an upload, and no ledger in ${location} knows it`,
    {
      wanted: 'the ledger of its upload',
      hint: 'bring the ledger back, or rename the object; --allow-removal seals the day without it',
    },
  )
}
