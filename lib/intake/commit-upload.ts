import { parseLayout } from '../archive/layout.ts'
import { CREATED_BY } from '../version.ts'
import { commitVersion, type FiledContent, type Unnumbered } from './commit-version.ts'
import { heldFolder } from './content-index.ts'
import { finishVersions } from './finish-versions.ts'
import type { PartitionOutcome, PartitionRequest } from './partition-outcome.ts'
import { type ReadUpload, storedHash } from './read-upload.ts'
import { settingsSha256 } from './slice-settings.ts'
import type { SliceSpool, SpooledFile } from './slice-spool.ts'
import { type EventCounts, SPOOLED_QUARANTINE } from './spool-events.ts'
import { accountRef } from './upload-accounts.ts'
import { type UploadFacts, uploadId } from './upload-id.ts'
import { versionsPrefix } from './upload-keys.ts'
import {
  type ContentAccount,
  type HoldCause,
  type PartitionedUpload,
  type Relation,
  rejectedIn,
  versionRefOf,
} from './upload-ledger.ts'
import { placeFiles, writeFiles } from './write-slices.ts'

/*
 * The ledgers that an upload may get, and their commit.
 */

/** An upload that was read and spooled. */
export interface Found extends ReadUpload {
  readonly from: number
  readonly spool: SliceSpool
  readonly files: readonly SpooledFile[]
}

/** An upload whose content has an account: it is called that, too. */
export async function commitSame(
  request: PartitionRequest,
  stored: string,
  other: PartitionedUpload,
  retired: readonly PartitionedUpload[],
): Promise<PartitionOutcome> {
  const { events, slices, quarantine, content } = other
  const facts = factsOf(request, stored, other.id)
  const account = { events, slices, quarantine, ...(content && { content }) }
  return commit(
    request,
    {
      ...facts,
      outcome: 'partitioned',
      ...account,
      relation: 'same',
      of: accountRef(other),
      ...(retired.length > 0 && { retires: retired.map(versionRefOf) }),
    },
    undefined,
    retired,
  )
}

/** An upload that is the beginning of another: it has its account, and a content of its own. */
export async function commitContained(
  request: PartitionRequest,
  found: Found,
  other: PartitionedUpload,
): Promise<PartitionOutcome> {
  const { events, slices, quarantine } = other
  const facts = factsOf(request, found.stored, other.id)
  const account = { events, slices, quarantine, content: contentOf(found, 0) }
  return commit(
    request,
    { ...facts, outcome: 'partitioned', ...account, relation: 'contained', of: accountRef(other) },
    undefined,
    [],
  )
}

export interface Standing {
  /** What it has grown out of, if only what was added is spooled. */
  readonly base: PartitionedUpload | undefined
  /** What its content is filed under. */
  readonly beginning: string | undefined
  readonly isRetired: (id: string) => Promise<boolean>
}

/** An upload with slices of its own: writes them, and then its ledger. */
export async function commitFound(
  request: PartitionRequest,
  { base, beginning, isRetired }: Standing,
  found: Found,
  relation: Relation,
  retires: readonly PartitionedUpload[],
): Promise<PartitionOutcome> {
  const { dataset, archive, signal, onProgress = () => undefined } = request
  const { counts, stored, files, spool } = found
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
  const { bytes, sha256 } = found.content
  return commit(request, version, beginning === undefined ? undefined : { folder: beginning, bytes, sha256 }, others)
}

export async function commitRefused(request: PartitionRequest, reason: string): Promise<PartitionOutcome> {
  const { dataset, upload, signal } = request
  const hashed = await storedHash({ dataset, upload, signal })
  if (hashed.kind !== 'read') return { kind: 'superseded', key: upload.key }
  const facts = { contentSha256: hashed.value, settingsSha256: settingsSha256(dataset), tooLate: 0, from: 0 }
  const id = uploadId({ ...facts, key: undefined, arrival: undefined })
  return commit(request, { ...factsOf(request, hashed.value, id), outcome: 'refused', reason }, undefined, [])
}

/** Leaves the decision to a person; an upload of the archive is known as held from then on. */
export async function hold(
  request: PartitionRequest,
  found: Found,
  cause: HoldCause,
  reason: string,
  other?: PartitionedUpload,
): Promise<PartitionOutcome> {
  const { archive, upload } = request
  const dates = cause === 'quarantine-share' ? [] : datesOf(found.files)
  const facts = factsOf(request, found.stored, uploadId(idFacts(request, found)))
  const of = other === undefined ? {} : { of: accountRef(other) }
  const ledger = { ...facts, outcome: 'held', cause, reason, dates, ...of } as const
  if (upload.store !== archive) return { kind: 'held', ledger }
  // Known again under another name, by its whole content.
  const { bytes, sha256 } = found.content
  return commit(request, ledger, other && { folder: heldFolder(sha256), bytes, sha256 }, [])
}

function datesOf(files: readonly SpooledFile[]): string[] {
  const names = files.map(({ name }) => name).filter((name) => name !== SPOOLED_QUARANTINE)
  return [...new Set(names.map((name) => name.slice(0, 10)))].sort()
}

async function commit(
  { archive, upload }: PartitionRequest,
  version: Unnumbered,
  filed: FiledContent | undefined,
  retired: readonly PartitionedUpload[],
): Promise<PartitionOutcome> {
  const ledger = await commitVersion(archive, upload, version, filed)
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
  return { read, sliced: read - rejectedIn(quarantined), quarantined, blank: Math.max(0, blank - before) }
}
