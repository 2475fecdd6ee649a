import { join } from 'node:path'
import { atOnce } from '../at-once.ts'
import { DaysealError } from '../errors.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { commitContained, commitFound, commitRefused, commitSame, type Found, hold } from './commit-upload.ts'
import { versionsOf } from './commit-version.ts'
import { contentsUnder, heldFolder, type KnownContent, ledgerKeyOf } from './content-index.ts'
import {
  type Decision,
  type Earlier,
  earlierOf,
  type Place,
  placeOf,
  withChains,
  withoutOthers,
} from './decide-place.ts'
import { fileContents } from './file-contents.ts'
import { finishVersions } from './finish-versions.ts'
import { commonLines, fewerEvents, quarantineShare } from './hold-reasons.ts'
import { accountsOf, type KnownUpload } from './known-uploads.ts'
import { type Look, lookAt } from './look-at-upload.ts'
import type { PartitionOutcome, PartitionRequest } from './partition-outcome.ts'
import { readerOf } from './read-format.ts'
import { readUpload } from './read-upload.ts'
import { isRetiredBy, listRetirements } from './retired.ts'
import { settingsSha256 } from './slice-settings.ts'
import { openSliceSpool, type SliceSpool } from './slice-spool.ts'
import { eventSorter } from './sort-events.ts'
import type { Readings } from './spool-events.ts'
import { chainOf, readPartitioned, readVersion } from './upload-accounts.ts'
import { etagHash } from './upload-id.ts'
import { OF_UPLOADS, versionsPrefix } from './upload-keys.ts'
import { type PartitionedUpload, readUploadLedger } from './upload-ledger.ts'

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
  await archive.checkConditions(OF_UPLOADS)
  await fileContents(archive)
  const look = await lookAt(request)
  if (look === 'superseded') return { kind: 'superseded', key: upload.key }
  const { known } = look
  if (known.kind === 'same') {
    const retires = await replacedBySame(request, look, known.ledger)
    return commitSame(request, known.stored, known.ledger, retires)
  }
  const inSpool = async (from: number) => {
    const spool = await openSliceSpool({ path: join(scratch, `dayseal-slices-${newId()}`), budget: SPOOL_BYTES })
    try {
      return await readAndCommit(request, look, from, spool)
    } finally {
      await spool.close()
    }
  }
  const grown = known.kind === 'grown' ? known.ledger.content : undefined
  for (const from of grown === undefined ? [0] : [grown.bytes, 0]) {
    const outcome = await inSpool(from)
    if (outcome !== 'not-from-there') return outcome
  }
  throw new DaysealError('internal', `${upload.key} was not read from its beginning`)
}

async function partitionedAlready({
  archive,
  upload,
  dataset,
  decision,
}: PartitionRequest): Promise<Extract<PartitionOutcome, { kind: 'already-partitioned' }> | undefined> {
  const newest = (await versionsOf(archive, upload.key)).at(-1)
  if (newest?.etag !== etagHash(upload.info.etag)) return undefined
  const ledger = await readPartitioned(archive, newest.ledgerKey, newest.id)
  if (ledger?.settings_sha256 !== settingsSha256(dataset)) return undefined
  // What counts beside what its name was may still take the place of that.
  if (decision === 'replace-all' && ledger.relation === 'beside') return undefined
  if (await isRetiredBy(archive, (await listRetirements(archive)).all, ledger.id)) return undefined
  return { kind: 'already-partitioned', ledger, retired: await retiredBy(archive, ledger) }
}

/** What a person wants replaced by a content that has an account already: what the name was last, but for that account. */
async function replacedBySame(
  { dataset, archive, upload, decision }: PartitionRequest,
  { isRetired }: Look,
  ledger: PartitionedUpload,
): Promise<readonly PartitionedUpload[]> {
  if (decision !== 'replace-all') return []
  const { accounts, own } = await earlierOf(archive, upload.key, isRetired)
  const kept = new Set((await chainOf(archive, ledger)).map(({ id }) => id))
  const last = accounts.filter(({ id }) => own.has(id) && !kept.has(id)).slice(-1)
  const retires = withChains(last, accounts).filter(({ id }) => own.has(id) && !kept.has(id))
  return withoutOthers(archive, dataset.uploads.prefix, upload.key, retires)
}

async function retiredBy(
  archive: ObjectStore,
  { retires = [] }: PartitionedUpload,
): Promise<readonly PartitionedUpload[]> {
  const ledgers = await atOnce(retires, AT_ONCE, (version) => readVersion(archive, version))
  return ledgers.filter((ledger) => ledger !== undefined)
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
  if (place.kind === 'contained') return commitContained(request, found, place.ledger)
  const share = quarantineShare(counts, dataset.limits.maxQuarantineShare)
  if (share !== undefined) return hold(request, found, 'quarantine-share', share)
  if (place.kind === 'held') return hold(request, found, 'lines-in-common', commonLines(place), place.ledger)
  const retires = place.kind === 'replaces' || place.kind === 'again' ? place.retires : []
  const fewer = place.kind === 'again' ? fewerEvents(counts, retires) : undefined
  if (fewer !== undefined && request.decision?.startsWith('replace') !== true)
    return hold(request, found, 'fewer-events', fewer)
  return commitFound(request, { ...look, base: baseOf(look, found) }, found, place.kind, retires)
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

/** What it has grown out of, if only what was added is spooled. */
function baseOf({ known }: Look, { from }: Found): PartitionedUpload | undefined {
  return known.kind === 'grown' && from > 0 ? known.ledger : undefined
}

async function placeFound(request: PartitionRequest, look: Look, found: Found): Promise<FoundPlace> {
  const { dataset, archive, upload } = request
  const { known, isRetired } = look
  const base = baseOf(look, found)
  if (base === undefined && known.kind !== 'new')
    return { kind: 'again', retires: await accountsOf(archive, known.kind === 'same' ? [] : known.begins) }
  const { content, counts } = found
  const longer = await longerOf(archive, look, base?.content?.bytes ?? content.bytes)
  if (base !== undefined && longer.length === 0 && (await isNewest(archive, upload.key, base)))
    return { kind: 'grown', ledger: base }
  const earlier = await withHeld(request, content.sha256, await earlierOf(archive, upload.key, isRetired), isRetired)
  const place = await placeOf({
    ...found,
    archive,
    base,
    earlier,
    longer,
    cut: content.endsLine ? undefined : counts.lastRejected,
    settings: { sha256: settingsSha256(dataset), isArrival: dataset.uploads.timestamp === 'arrival' },
    decision: decisionOf(request),
  })
  if (place.kind === 'replaces')
    return { ...place, retires: await withoutOthers(archive, dataset.uploads.prefix, upload.key, place.retires) }
  if (place.kind !== 'beside') return place
  return base !== undefined ? { kind: 'grown', ledger: base } : { kind: earlier.accounts.length > 0 ? 'beside' : 'new' }
}

/**
 * What a name was before, and what the same content was held against under another name: a hold does not end because a file
 * is moved or copied.
 */
async function withHeld(
  { archive }: PartitionRequest,
  contentSha256: string,
  { accounts, own }: Earlier,
  isRetired: (id: string) => Promise<boolean>,
): Promise<Earlier> {
  const against: PartitionedUpload[] = []
  for (const held of await contentsUnder(archive, [heldFolder(contentSha256)])) {
    const ledger = await readUploadLedger(archive, ledgerKeyOf(held))
    const of = ledger?.outcome === 'held' ? ledger.of : undefined
    const account = of && (await readVersion(archive, of))
    if (account !== undefined && !(await isRetired(account.id))) against.push(account)
  }
  const known = new Set(accounts.map(({ id }) => id))
  const more = against.filter(({ id }) => !known.has(id))
  return { accounts: [...more, ...accounts], own: new Set([...own, ...more.map(({ id }) => id)]) }
}

/** Whether a name was that when it was last partitioned. */
async function isNewest(archive: ObjectStore, uploadKey: string, { id }: PartitionedUpload): Promise<boolean> {
  return (await versionsOf(archive, uploadKey)).findLast(({ outcome }) => outcome === 'partitioned')?.id === id
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
