import { DaysealError } from '../errors.ts'
import { compareKeys } from '../store/key.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { listRetirements, type Retirement, retiredByName } from './retired.ts'
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
import { type HeldUpload, readUploadLedger } from './upload-ledger.ts'

/** A version of an upload, as a listing shows it. */
export interface UploadVersion extends VersionName {
  readonly ledgerKey: string
  /** When its ledger was written, milliseconds since the epoch. */
  readonly written: number
  /** Whether the note is there that lets a listing do without the ledger: then the marks are those of the ledger. */
  readonly isNoted: boolean
  /** Of a version without its note: the ids that its ledger retires. */
  readonly retires: readonly string[]
}

/** What is known of a dataset's uploads at one moment. */
export interface Uploads {
  /** The ids whose slices count, each with the versions that have it: the newest of every name. */
  readonly live: ReadonlyMap<string, readonly UploadVersion[]>
  /** Ids whose slices do not count any more, each with the ids that have taken their place and count. */
  readonly retired: ReadonlyMap<string, ReadonlySet<string>>
  /** Newest versions that could not be read. */
  readonly refused: readonly UploadVersion[]
  /** Uploads that lie there and wait for somebody to decide about them. */
  readonly held: readonly HeldUpload[]
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
 * What there is of uploads, by three complete listings: those below `prefix` first, so that one that is partitioned in
 * between counts as in flight at worst. A ledger is read only of held uploads, and where a crash kept its note from being
 * written.
 * @throws DaysealError `corrupt` when such a ledger cannot be read
 */
export async function listUploads(archive: ObjectStore, prefix: string): Promise<Uploads> {
  const found = await archive.list(prefix)
  const uploads = found.filter(({ key }) => isUploadKey(key, prefix))
  const { versions, unexpected } = await listVersions(archive, LEDGERS)
  const newest = new Map([...versions].map(([name, all]) => [name, all.at(-1)!]))
  const { live, retired } = await liveness(archive, versions)
  const isPresent = ({ key, etag }: ObjectInfo) => {
    const version = newest.get(nameHash(key))
    // One whose account was retired is looked at again: it may have another by now.
    return version?.etag === etagHash(etag) && !(version.outcome === 'partitioned' && retired.has(version.id))
  }
  return {
    live,
    retired,
    refused: [...newest.values()].filter(({ outcome }) => outcome === 'refused'),
    held: await heldOf(
      archive,
      uploads.filter(isPresent).map(({ key }) => newest.get(nameHash(key))!),
    ),
    inFlight: uploads.filter((info) => !isPresent(info)),
    uploads,
    unexpected: [...found.map(({ key }) => key).filter((key) => !isUploadKey(key, prefix)), ...unexpected],
    isLive: (key) => {
      const id = sliceId(key)
      return id !== undefined && live.has(id)
    },
  }
}

async function heldOf(archive: ObjectStore, versions: readonly UploadVersion[]): Promise<readonly HeldUpload[]> {
  const held: HeldUpload[] = []
  for (const { ledgerKey, outcome } of versions) {
    const ledger = outcome === 'held' ? await readUploadLedger(archive, ledgerKey) : undefined
    if (ledger?.outcome === 'held') held.push(ledger)
  }
  return held
}

/** Which ids count, and which do not any more. */
export type Liveness = Pick<Uploads, 'live' | 'retired'>

/**
 * Which ids count, of versions that were listed. The marks are listed after them, and count only for a version among
 * them: one that was committed in between is seen neither as what counts, nor as what retires another.
 */
export async function liveness(archive: ObjectStore, versions: Versions): Promise<Liveness> {
  const { isIndexed, all } = await listRetirements(archive)
  const partitioned = [...versions.values()].flat().filter(({ outcome }) => outcome === 'partitioned')
  const byPlace = new Map(partitioned.map((version) => [`${version.name}/${version.seq}/${version.id}`, version]))
  const counts = ({ id, name, seq, by }: Retirement) => {
    const version = byPlace.get(`${name}/${seq}/${by}`)
    return version !== undefined && (version.isNoted || version.retires.includes(id))
  }
  const marks = isIndexed ? all.filter(counts) : retiredByName(versions)
  const successors = new Map<string, Set<string>>()
  for (const { id, by } of marks) successors.set(id, (successors.get(id) ?? new Set()).add(by))
  const newest = [...versions.values()].flatMap((ofName) => [
    ...new Map(ofName.filter(({ outcome }) => outcome === 'partitioned').map((one) => [one.id, one])).values(),
  ])
  return {
    live: Map.groupBy(
      newest.filter(({ id }) => !successors.has(id)),
      ({ id }) => id,
    ),
    retired: new Map([...successors.keys()].map((id) => [id, lastOf(id, successors)])),
  }
}

/** The ids that count in the place of `id`, through those that have been retired in their turn. */
function lastOf(id: string, successors: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const last = new Set<string>()
  const seen = new Set([id])
  for (const one of seen) {
    for (const next of successors.get(one) ?? []) {
      if (successors.has(next)) seen.add(next)
      else last.add(next)
    }
  }
  return last
}

/** By name, from oldest to newest. */
export type Versions = ReadonlyMap<string, readonly UploadVersion[]>

/** The versions below `prefix` (of one name, or `LEDGERS`). */
export async function listVersions(
  archive: ObjectStore,
  prefix: string,
): Promise<{ readonly versions: Versions; readonly unexpected: readonly string[] }> {
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
    const told = note === undefined ? await toldBy(archive, key) : { ...note, retires: [] }
    versions.push({ ...told, ledgerKey: key, written: info.modified, isNoted: note !== undefined })
  }
  return { versions: Map.groupBy(versions, ({ name }) => name), unexpected }
}

async function toldBy(
  archive: ObjectStore,
  key: string,
): Promise<VersionName & { readonly retires: readonly string[] }> {
  const ledger = await readUploadLedger(archive, key)
  const name = ledger && versionName(ledger.upload, ledger)
  const retires = ledger?.outcome === 'partitioned' ? (ledger.retires ?? []).map(({ id }) => id) : []
  if (name !== undefined && uploadLedgerKey(name.name, name.seq) === key) return { ...name, retires }
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
