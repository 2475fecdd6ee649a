import { join } from 'node:path'
import { parseLayout } from '../archive/layout.ts'
import { atOnce } from '../at-once.ts'
import { DaysealError } from '../errors.ts'
import type { Progress } from '../progress.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { CREATED_BY } from '../version.ts'
import { beginningsOf } from './beginnings.ts'
import { commitVersion, type Unnumbered, versionsOf } from './commit-version.ts'
import type { KnownContent } from './content-index.ts'
import { type Decision, earlierOf, type Place, placeOf, withoutOthers } from './decide-place.ts'
import { readPartitioned, readVersion } from './earlier-uploads.ts'
import { fileContents } from './file-contents.ts'
import { finishVersions } from './finish-versions.ts'
import { accountsOf, contentsLike, type KnownUpload, knownUpload } from './known-uploads.ts'
import { type Identity, identifyUpload, type ReadUpload, readBeginning, readUpload, storedHash } from './read-upload.ts'
import { readerOf } from './read-format.ts'
import { isRetiredBy, listRetirements } from './retired.ts'
import { type IntakeDataset, SETTINGS_DIGITS, settingsSha256 } from './slice-settings.ts'
import { openSliceSpool, type SliceSpool, type SpooledFile } from './slice-spool.ts'
import { eventSorter } from './sort-events.ts'
import { type EventCounts, type Readings, SPOOLED_QUARANTINE } from './spool-events.ts'
import type { Upload } from './upload.ts'
import { etagHash, nameHash, type UploadFacts, uploadId } from './upload-id.ts'
import { versionsPrefix } from './upload-keys.ts'
import {
  type ContentAccount,
  type HeldUpload,
  type HoldCause,
  type PartitionedUpload,
  type RefusedUpload,
  type Relation,
  type VersionRef,
  versionRefOf,
} from './upload-ledger.ts'
import { placeFiles, writeFiles } from './write-slices.ts'

export interface PartitionRequest {
  readonly dataset: IntakeDataset
  readonly archive: ObjectStore
  readonly upload: Upload
  /** What a person said of an upload whose name was something else before; undefined: what the dataset says, if anything. */
  readonly decision: Decision | undefined
  readonly newId: () => string
  /** An existing directory, with room for what the upload is when it is compressed with gzip. */
  readonly scratch: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export type PartitionOutcome =
  | {
      readonly kind: 'partitioned'
      readonly ledger: PartitionedUpload
      /** The versions whose slices count no more: their days are stale as well. */
      readonly retired: readonly PartitionedUpload[]
    }
  /** The upload's state and the settings are those of its newest ledger. */
  | {
      readonly kind: 'already-partitioned'
      readonly ledger: PartitionedUpload
      readonly retired: readonly PartitionedUpload[]
    }
  /** It cannot be read as a whole; the ledger says why. */
  | { readonly kind: 'refused'; readonly ledger: RefusedUpload }
  /** A person has to decide. Its ledger is committed only of an upload of the archive, which is found again there. */
  | { readonly kind: 'held'; readonly ledger: Omit<HeldUpload, 'seq'> }
  /** It was replaced or removed while it was read. Nothing of it counts. */
  | { readonly kind: 'superseded'; readonly key: string }

/** Bytes of lines that wait in memory. */
const SPOOL_BYTES = 48 * 2 ** 20

/** Ledgers that are read at the same time. */
const AT_ONCE = 16

/**
 * Splits one upload by UTC day and hour into the archive: slices, quarantine, then the ledger, whose create-only write is
 * the commit, then what it retires is deleted. An upload is its content: of one that has an account under any name, nothing
 * is written but its ledger, and of one that has grown only what was added. The same content makes the same slices, byte
 * for byte, so it may be killed at any moment and run again, and run twice at once; slices without a ledger do not count.
 *
 * Memory: 48 MiB of lines, that of the format's reader and of the decoder, and eight sinks of the archive.
 * @throws DaysealError `storage`; `usage` for settings that cannot be used; `corrupt` for a ledger that is none
 */
export async function partitionUpload(request: PartitionRequest): Promise<PartitionOutcome> {
  const { archive, upload, scratch, newId } = request
  const already = await partitionedAlready(request)
  if (already !== undefined) {
    await finishVersions(archive, versionsPrefix(upload.key))
    return already
  }
  // Settings that cannot be used are told before anything is written.
  readerOf(request.dataset.uploads.format)
  eventSorter(upload.key, request.dataset.uploads, upload.info.modified)
  await fileContents(archive)
  const look = await lookAt(request)
  if (look === 'superseded') return { kind: 'superseded', key: upload.key }
  const { known } = look
  if (known.kind === 'same') return commitSame(request, look, known.ledger)
  const inSpool = async (from: number) => {
    const spool = await openSliceSpool({ path: join(scratch, `dayseal-slices-${newId()}`), budget: SPOOL_BYTES })
    try {
      return await readAndCommit(request, look, from, spool)
    } finally {
      await spool.close()
    }
  }
  if (known.kind === 'grown' && known.ledger.content !== undefined) {
    const outcome = await inSpool(known.ledger.content.bytes)
    if (outcome !== 'not-from-there') return outcome
  }
  const outcome = await inSpool(0)
  if (outcome !== 'not-from-there') return outcome
  throw new DaysealError('internal', `${upload.key} was not read from its beginning`)
}

async function partitionedAlready({
  archive,
  upload,
  dataset,
}: PartitionRequest): Promise<Extract<PartitionOutcome, { kind: 'already-partitioned' }> | undefined> {
  const newest = (await versionsOf(archive, upload.key)).at(-1)
  if (newest?.etag !== etagHash(upload.info.etag)) return undefined
  const ledger = await readPartitioned(archive, newest.ledgerKey, newest.id)
  if (ledger?.settings_sha256 !== settingsSha256(dataset)) return undefined
  return { kind: 'already-partitioned', ledger, retired: await retiredBy(archive, ledger) }
}

async function retiredBy(
  archive: ObjectStore,
  { retires = [] }: PartitionedUpload,
): Promise<readonly PartitionedUpload[]> {
  const ledgers = await atOnce(retires, AT_ONCE, (version) => readVersion(archive, version))
  return ledgers.filter((ledger) => ledger !== undefined)
}

/** What is known of an upload before its events are read. */
interface Look {
  readonly known: KnownUpload
  /** What its content is filed under; undefined for one that cannot be read. */
  readonly beginning: string | undefined
  /** Uploads that begin as it does. */
  readonly alike: readonly KnownContent[]
  readonly isRetired: (id: string) => Promise<boolean>
  readonly identity: Identity | undefined
}

async function lookAt({ dataset, archive, upload, signal }: PartitionRequest): Promise<Look | 'superseded'> {
  const looking = { dataset, upload, signal }
  const marks = (await listRetirements(archive)).all
  const isRetired = (id: string) => isRetiredBy(archive, marks, id)
  const nothing = { known: { kind: 'new' }, beginning: undefined, alike: [], isRetired, identity: undefined } as const
  const first = await readBeginning(looking)
  if (first.kind === 'superseded') return 'superseded'
  if (first.kind === 'refused') return nothing
  const byName = dataset.uploads.identity === 'name-and-content'
  const alike = (await contentsLike(archive, first.value)).filter(
    ({ name }) => !byName || name === nameHash(upload.key),
  )
  const beginning = beginningsOf(first.value).at(-1)
  if (alike.length === 0) return { ...nothing, beginning }
  const identified = await identifyUpload(
    looking,
    alike.map(({ bytes }) => bytes),
  )
  if (identified.kind === 'superseded') return 'superseded'
  if (identified.kind === 'refused') return nothing
  const identity = identified.value
  const settings = settingsSha256(dataset).slice(0, SETTINGS_DIGITS)
  return {
    ...nothing,
    beginning,
    alike,
    identity,
    known: await knownUpload(archive, identity, { contents: alike, isRetired, settings }),
  }
}

/** Reads an upload into the spool, tells what it is to others, and commits it. */
async function readAndCommit(
  request: PartitionRequest,
  look: Look,
  from: number,
  spool: SliceSpool,
): Promise<PartitionOutcome | 'not-from-there'> {
  const { dataset, upload, signal, onProgress = () => undefined } = request
  const reading = await readUpload({ dataset, upload, spool, from, signal, onProgress })
  if (reading.kind === 'superseded') return { kind: 'superseded', key: upload.key }
  if (reading.kind === 'refused') return commitRefused(request, reading.reason)
  const { counts } = reading.value
  if (from > 0 && !goesOn(look.known, counts.before)) return 'not-from-there'
  const files = await spool.finish()
  const found: Found = { ...reading.value, from, spool, files }
  const place = await placeFound(request, look, found)
  if (place.kind === 'contained') return commitOther(request, found, place.ledger)
  const share = quarantineShare(counts, dataset.limits.maxQuarantineShare)
  if (share !== undefined) return hold(request, found, 'quarantine-share', share)
  if (place.kind === 'held') return hold(request, found, 'lines-in-common', commonLines(place))
  const retires = place.kind === 'replaces' || place.kind === 'again' ? place.retires : []
  const fewer = place.kind === 'again' ? fewerEvents(counts, retires) : undefined
  if (fewer !== undefined && !isReplacing(request)) return hold(request, found, 'fewer-events', fewer)
  return commitFound(request, look, found, place.kind, retires)
}

/** An upload that was read and spooled. */
interface Found extends ReadUpload {
  readonly from: number
  readonly spool: SliceSpool
  readonly files: readonly SpooledFile[]
}

type FoundPlace =
  | Place
  | { readonly kind: 'new' }
  | { readonly kind: 'grown'; readonly ledger: PartitionedUpload }
  | { readonly kind: 'again'; readonly retires: readonly PartitionedUpload[] }

/** Whether what is before the place where the spooled events begin reads as it did when it was accounted for. */
function goesOn(known: KnownUpload, before: Readings): boolean {
  const content = known.kind === 'grown' ? known.ledger.content : undefined
  return content?.readings === before.count && content.last_reading === before.last
}

async function placeFound(request: PartitionRequest, look: Look, found: Found): Promise<FoundPlace> {
  const { dataset, archive, upload } = request
  const { known, isRetired } = look
  const base = known.kind === 'grown' && found.from > 0 ? known.ledger : undefined
  if (base === undefined && known.kind !== 'new')
    return { kind: 'again', retires: await accountsOf(archive, known.kind === 'same' ? [] : known.begins) }
  const { content, counts } = found
  const earlier = await earlierOf(archive, upload.key, isRetired)
  const place = await placeOf({
    ...found,
    archive,
    base,
    earlier,
    longer: await longerOf(archive, look, base?.content?.bytes ?? content.bytes),
    cut: content.endsLine ? undefined : counts.lastRejected,
    settings: { sha256: settingsSha256(dataset), isArrival: dataset.uploads.timestamp === 'arrival' },
    decision: decisionOf(request),
  })
  if (place.kind === 'replaces')
    return { ...place, retires: await withoutOthers(archive, dataset.uploads.prefix, upload.key, place.retires) }
  if (place.kind !== 'beside') return place
  return base !== undefined ? { kind: 'grown', ledger: base } : { kind: earlier.length > 0 ? 'beside' : 'new' }
}

/** Of uploads that begin alike and are longer, so many are compared. */
const MOST_LONGER = 8

/** The shortest of the uploads that begin alike, are longer than so many bytes, and are not what it begins with. */
async function longerOf(
  archive: ObjectStore,
  { alike, known, isRetired }: Look,
  bytes: number,
): Promise<readonly PartitionedUpload[]> {
  const begins = new Set(known.kind === 'grown' ? known.begins : [])
  const longer: KnownContent[] = []
  for (const one of alike.toSorted((a, b) => a.bytes - b.bytes)) {
    if (longer.length === MOST_LONGER) break
    if (one.bytes > bytes && !begins.has(one) && !(await isRetired(one.id))) longer.push(one)
  }
  return accountsOf(archive, longer)
}

function decisionOf({ decision, dataset }: PartitionRequest): Decision | undefined {
  return decision ?? dataset.uploads.onReplace
}

function isReplacing(request: PartitionRequest): boolean {
  return decisionOf(request)?.startsWith('replace') === true
}

/** What is wrong with the share of an upload's lines that are no events. */
function quarantineShare({ readings, rejected, firstRejected }: EventCounts, maxShare: number): string | undefined {
  if (rejected === 0 || rejected / readings.count <= maxShare) return undefined
  const lines = `${rejected} of ${readings.count} lines are no events, at most ${maxShare * 100} % may be (limits.maxQuarantineShare)`
  return `${lines}; the first is ${firstRejected}`
}

function commonLines({ ledger, certain }: Extract<Place, { kind: 'held' }>): string {
  const { key, seq } = versionRefOf(ledger)
  const before = `version ${seq} of ${key}, which goes on to count`
  return certain
    ? `it has lines in common with ${before}, and has not grown out of it`
    : `whether it has lines in common with ${before}, cannot be told: the slices of that are gone, or were made with other settings`
}

function fewerEvents({ read, quarantined }: EventCounts, retires: readonly PartitionedUpload[]): string | undefined {
  const events = read - sum(Object.values(quarantined))
  const before = sum(retires.map((ledger) => ledger.events.sliced))
  if (events >= before) return undefined
  const versions = retires.map((ledger) => `version ${ledger.seq} of ${ledger.upload.key}`).join(', ')
  return `${events} events were found in it, ${before} when it was partitioned before (${versions}), which go on to count`
}

/** An upload whose content has an account: it is called that, too. */
async function commitSame(request: PartitionRequest, look: Look, other: PartitionedUpload): Promise<PartitionOutcome> {
  const { identity } = look
  if (identity === undefined) throw new DaysealError('internal', 'the same as something that nobody has read')
  const { events, slices, quarantine, content } = other
  const facts = factsOf(request, identity.stored, other.id)
  const account = { events, slices, quarantine, ...(content && { content }) }
  return commit(
    request,
    { ...facts, outcome: 'partitioned', ...account, relation: 'same', of: rootOf(other) },
    undefined,
    [],
  )
}

/** An upload that is the beginning of another: it has its account, and a content of its own. */
async function commitOther(
  request: PartitionRequest,
  found: Found,
  other: PartitionedUpload,
): Promise<PartitionOutcome> {
  const { events, slices, quarantine } = other
  const facts = factsOf(request, found.stored, other.id)
  const account = { events, slices, quarantine, content: contentOf(found, 0) }
  return commit(
    request,
    { ...facts, outcome: 'partitioned', ...account, relation: 'contained', of: rootOf(other) },
    undefined,
    [],
  )
}

/** Whose account it is, if it is another's. */
function rootOf(ledger: PartitionedUpload): VersionRef {
  const isOthers = ledger.relation === 'same' || ledger.relation === 'contained'
  return isOthers && ledger.of !== undefined ? ledger.of : versionRefOf(ledger)
}

async function commitFound(
  request: PartitionRequest,
  { known, beginning, isRetired }: Look,
  found: Found,
  relation: Relation,
  retires: readonly PartitionedUpload[],
): Promise<PartitionOutcome> {
  const { dataset, archive, signal, onProgress = () => undefined } = request
  const { counts, stored, files, spool } = found
  const base = known.kind === 'grown' && found.from > 0 ? known.ledger : undefined
  const id = await freeId(idFacts(request, found), isRetired)
  const events = eventsOf(counts, base)
  const placed = placeFiles(files, parseLayout(dataset.archive.layout), id)
  const accounts = await writeFiles(placed, events.read - events.sliced, spool, archive, { signal, onProgress })
  const others = retires.filter((ledger) => ledger.id !== id)
  const version = {
    ...factsOf(request, stored, id),
    outcome: 'partitioned',
    content: contentOf(found, base?.content?.too_late ?? 0),
    relation,
    ...(base && { of: versionRefOf(base) }),
    ...(others.length > 0 && { retires: others.map(versionRefOf) }),
    events,
    ...accounts,
  } as const
  return commit(request, version, beginning, others)
}

async function commitRefused(request: PartitionRequest, reason: string): Promise<PartitionOutcome> {
  const { dataset, upload, signal } = request
  const hashed = await storedHash({ dataset, upload, signal })
  if (hashed.kind !== 'read') return { kind: 'superseded', key: upload.key }
  const facts = { contentSha256: hashed.value, settingsSha256: settingsSha256(dataset), tooLate: 0, from: 0 }
  const id = uploadId({ ...facts, key: undefined, arrival: undefined })
  return commit(request, { ...factsOf(request, hashed.value, id), outcome: 'refused', reason }, undefined, [])
}

/** Leaves the decision to a person; an upload of the archive is known as held from then on. */
async function hold(
  request: PartitionRequest,
  found: Found,
  cause: HoldCause,
  reason: string,
): Promise<PartitionOutcome> {
  const { archive, upload } = request
  const dates = cause === 'quarantine-share' ? [] : datesOf(found.files)
  const facts = factsOf(request, found.stored, uploadId(idFacts(request, found)))
  const ledger = { ...facts, outcome: 'held', cause, reason, dates } as const
  return upload.store === archive ? commit(request, ledger, undefined, []) : { kind: 'held', ledger }
}

function datesOf(files: readonly SpooledFile[]): string[] {
  const names = files.map(({ name }) => name).filter((name) => name !== SPOOLED_QUARANTINE)
  return [...new Set(names.map((name) => name.slice(0, 10)))].sort()
}

async function commit(
  { archive, upload }: PartitionRequest,
  version: Unnumbered,
  beginning: string | undefined,
  retired: readonly PartitionedUpload[],
): Promise<PartitionOutcome> {
  const ledger = await commitVersion(archive, upload, version, beginning)
  if (ledger === undefined) return { kind: 'superseded', key: upload.key }
  await finishVersions(archive, versionsPrefix(upload.key))
  switch (ledger.outcome) {
    case 'refused':
      return { kind: 'refused', ledger }
    case 'held':
      return { kind: 'held', ledger }
    case 'partitioned':
      return { kind: 'partitioned', ledger, retired }
  }
}

/** What every ledger says. */
function factsOf({ dataset, upload }: PartitionRequest, stored: string, id: string) {
  const { key, info } = upload
  const { size, etag, modified } = info
  return {
    ledger_version: 2,
    dataset: dataset.name,
    created_by: CREATED_BY,
    upload: { key, etag, bytes: size, sha256: stored, modified: new Date(modified).toISOString() },
    id,
    settings_sha256: settingsSha256(dataset),
  } as const
}

function idFacts({ dataset, upload }: PartitionRequest, { content, counts, from }: Found): UploadFacts {
  const { identity, timestamp } = dataset.uploads
  return {
    contentSha256: content.sha256,
    settingsSha256: settingsSha256(dataset),
    tooLate: counts.tooLate,
    key: identity === 'name-and-content' ? upload.key : undefined,
    arrival: timestamp === 'arrival' ? upload.info.modified : undefined,
    from,
  }
}

async function freeId(facts: UploadFacts, isRetired: (id: string) => Promise<boolean>): Promise<string> {
  for (let time = 0; ; time++) {
    const id = uploadId(facts, time)
    if (!(await isRetired(id))) return id
  }
}

function contentOf({ content, counts }: Found, tooLateBefore: number): ContentAccount {
  const { count, last } = counts.readings
  return {
    sha256: content.sha256,
    bytes: content.bytes,
    is_one: content.isOne,
    readings: count,
    blank: counts.blank,
    too_late: tooLateBefore + counts.tooLate,
    last_reading: last,
    marks: { every: content.marks.every, hashes: [...content.marks.hashes] },
  }
}

/** Of an upload that has grown out of `base`, of what was added. */
function eventsOf(
  { read, blank, quarantined }: EventCounts,
  base: PartitionedUpload | undefined,
): PartitionedUpload['events'] {
  const before = base?.content?.blank ?? 0
  return { read, sliced: read - sum(Object.values(quarantined)), quarantined, blank: Math.max(0, blank - before) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
