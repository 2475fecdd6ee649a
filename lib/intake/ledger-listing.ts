import { DaysealError } from '../errors.ts'
import { compareKeys } from '../store/key.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { etagHash, nameHash } from './upload-id.ts'
import {
  isUploadKey,
  LEDGERS,
  parseLedgerName,
  sliceId,
  uploadLedgerKey,
  type VersionName,
  versionName,
} from './upload-keys.ts'
import { readUploadLedger } from './upload-ledger.ts'

/** A version of an upload, as a listing shows it. */
export interface UploadVersion extends VersionName {
  readonly ledgerKey: string
  /** When its ledger was written, milliseconds since the epoch. */
  readonly written: number
  /** Whether the note is there that lets a listing do without the ledger. */
  readonly isNoted: boolean
}

/** What is known of a dataset's uploads at one moment. */
export interface Uploads {
  /** The ids whose slices count, each with the versions that have it: one for every name of that content. */
  readonly live: ReadonlyMap<string, readonly UploadVersion[]>
  /** Ids of versions that were replaced and are no other name's: their slices do not count. */
  readonly retired: ReadonlySet<string>
  /** Newest versions that could not be read. */
  readonly refused: readonly UploadVersion[]
  /** Uploads whose present state has no ledger yet, in key order. */
  readonly inFlight: readonly ObjectInfo[]
  /** Every upload that lies below the prefix, in key order. */
  readonly uploads: readonly ObjectInfo[]
  /** Keys below the ledgers' folder that are neither ledger nor note, and uploads with a name that starts with a dot. */
  readonly unexpected: readonly string[]
  /** Whether a key of the archive is a slice that counts. */
  isLive(key: string): boolean
}

/**
 * What there is of uploads, by two complete listings: those below `prefix` first, so that one that is partitioned in
 * between counts as in flight at worst. A ledger is read only where a crash kept its note from being written.
 * @throws DaysealError `corrupt` when such a ledger cannot be read
 */
export async function listUploads(archive: ObjectStore, prefix: string): Promise<Uploads> {
  const found = await archive.list(prefix)
  const uploads = found.filter(({ key }) => isUploadKey(key, prefix))
  const { versions, unexpected } = await listVersions(archive, LEDGERS)
  const newest = new Map([...versions].map(([name, all]) => [name, all.at(-1)!]))
  const live = Map.groupBy(liveVersions(versions), ({ id }) => id)
  const partitioned = [...versions.values()].flat().filter(({ outcome }) => outcome === 'partitioned')
  return {
    live,
    retired: new Set(partitioned.map(({ id }) => id).filter((id) => !live.has(id))),
    refused: [...newest.values()].filter(({ outcome }) => outcome === 'refused'),
    inFlight: uploads.filter(({ key, etag }) => newest.get(nameHash(key))?.etag !== etagHash(etag)),
    uploads,
    unexpected: [...found.map(({ key }) => key).filter((key) => !isUploadKey(key, prefix)), ...unexpected],
    isLive: (key) => {
      const id = sliceId(key)
      return id !== undefined && live.has(id)
    },
  }
}

/** Of each name the newest version that was partitioned: a version that cannot be read takes nothing away. */
export function liveVersions(versions: ReadonlyMap<string, readonly UploadVersion[]>): readonly UploadVersion[] {
  return [...versions.values()].flatMap((all) => all.findLast(({ outcome }) => outcome === 'partitioned') ?? [])
}

/** The versions below `prefix` (of one name, or `LEDGERS`) by name, from oldest to newest. */
export async function listVersions(
  archive: ObjectStore,
  prefix: string,
): Promise<{
  readonly versions: ReadonlyMap<string, readonly UploadVersion[]>
  readonly unexpected: readonly string[]
}> {
  const ledgers = new Map<string, ObjectInfo>()
  const notes = new Map<string, VersionName>()
  const unexpected: string[] = []
  for (const info of await archive.list(prefix)) {
    const parsed = parseLedgerName(info.key)
    if (parsed === undefined) unexpected.push(info.key)
    else if (parsed.kind === 'ledger') ledgers.set(info.key, info)
    else {
      const key = uploadLedgerKey(parsed.version.name, parsed.version.seq)
      if (notes.has(key)) throw contradicted(archive, key, 'two notes')
      notes.set(key, parsed.version)
    }
  }
  const versions: UploadVersion[] = []
  for (const key of [...new Set([...ledgers.keys(), ...notes.keys()])].sort(compareKeys)) {
    const note = notes.get(key)
    // A listing of a folder that is being written to may miss a ledger and show its note.
    const info = ledgers.get(key) ?? (await archive.head(key))
    if (info === undefined) throw contradicted(archive, key, 'a note without the ledger')
    const name = note ?? (await nameOf(archive, key))
    versions.push({ ...name, ledgerKey: key, written: info.modified, isNoted: note !== undefined })
  }
  return { versions: Map.groupBy(versions, ({ name }) => name), unexpected }
}

async function nameOf(archive: ObjectStore, key: string): Promise<VersionName> {
  const ledger = await readUploadLedger(archive, key)
  const name = ledger && versionName(ledger.upload, ledger)
  if (name !== undefined && uploadLedgerKey(name.name, name.seq) === key) return name
  throw new DaysealError('corrupt', `${key} in ${archive.location} is the ledger of another upload`, {
    seen: ledger === undefined ? 'nothing: it has just been removed' : `${ledger.upload.key}, version ${ledger.seq}`,
    hint: 'somebody moved or removed it: run again, and remove it if it stays',
  })
}

/** Which slices count cannot be known then, and must not be guessed. */
function contradicted(archive: ObjectStore, key: string, seen: string): DaysealError {
  return new DaysealError('corrupt', `the ledger ${key} in ${archive.location} and its notes contradict one another`, {
    seen,
    wanted: 'one note of the same number beside it',
    hint: 'somebody changed that folder: remove the notes of that number',
  })
}
