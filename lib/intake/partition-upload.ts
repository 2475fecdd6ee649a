import { join } from 'node:path'
import { parseLayout } from '../archive/layout.ts'
import type { Progress } from '../progress.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { CREATED_BY } from '../version.ts'
import { commitVersion, type Unnumbered, versionsOf } from './commit-version.ts'
import { finishVersions } from './finish-versions.ts'
import { listVersions, liveVersions, type UploadVersion } from './ledger-listing.ts'
import { readUpload, type UploadReading } from './read-upload.ts'
import { type IntakeDataset, settingsSha256 } from './slice-settings.ts'
import { openSliceSpool, type SliceSpool } from './slice-spool.ts'
import type { EventCounts } from './spool-events.ts'
import type { Upload } from './upload.ts'
import { etagHash, uploadId } from './upload-id.ts'
import { LEDGERS, versionsPrefix } from './upload-keys.ts'
import { type PartitionedUpload, type RefusedUpload, readUploadLedger } from './upload-ledger.ts'
import { type FileAccounts, type PlacedFiles, placeFiles, writeFiles, writeMissing } from './write-slices.ts'

export interface PartitionRequest {
  readonly dataset: IntakeDataset
  readonly archive: ObjectStore
  readonly upload: Upload
  /** Whether another content of that name is a new version of it, or refused. */
  readonly otherContent: 'replaces' | 'is-refused'
  readonly newId: () => string
  /** An existing directory, with room for what the upload is when it is compressed with gzip. */
  readonly scratch: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** The version before, whose slices count no more unless another name has them: its days are stale as well. */
type Replaced = PartitionedUpload | undefined

export type PartitionOutcome =
  | {
      readonly kind: 'partitioned'
      readonly ledger: PartitionedUpload
      readonly replaced: Replaced
    }
  /** The upload's state and the settings are those of its newest ledger. */
  | { readonly kind: 'already-partitioned'; readonly ledger: PartitionedUpload; readonly replaced: Replaced }
  /** It cannot be read as a whole; the ledger says why. */
  | { readonly kind: 'refused'; readonly ledger: RefusedUpload }
  /** It was replaced or removed while it was read. Nothing of it counts. */
  | { readonly kind: 'superseded'; readonly key: string }
  /** That name has another content, which must not be replaced. */
  | { readonly kind: 'name-taken'; readonly ledger: PartitionedUpload }

/** Bytes of lines that wait in memory. */
const SPOOL_BYTES = 48 * 2 ** 20

/**
 * Splits one upload by UTC day and hour into the archive: slices, quarantine, then the ledger, whose create-only write is
 * the commit, then what was replaced is deleted. The same content makes the same slices, byte for byte, so it may be killed at
 * any moment and run again, and run twice at once; slices without a ledger do not count.
 *
 * Memory: 48 MiB of lines, that of the format's reader and of the decoder, and eight sinks of the archive.
 * @throws DaysealError `storage`; `usage` for settings that cannot be used; `corrupt` for a ledger that is none
 */
export async function partitionUpload(request: PartitionRequest): Promise<PartitionOutcome> {
  const { archive, upload, scratch, newId } = request
  const known = await partitionedAlready(request)
  if (known !== undefined) {
    await finishVersions(archive, versionsPrefix(upload.key))
    return known
  }
  const spool = await openSliceSpool({ path: join(scratch, `dayseal-slices-${newId()}`), budget: SPOOL_BYTES })
  try {
    return await partition(request, spool)
  } finally {
    await spool.close()
  }
}

async function partitionedAlready({
  archive,
  upload,
  dataset,
}: PartitionRequest): Promise<Extract<PartitionOutcome, { kind: 'already-partitioned' }> | undefined> {
  const versions = await versionsOf(archive, upload.key)
  const newest = versions.at(-1)
  if (newest?.etag !== etagHash(upload.info.etag)) return undefined
  const ledger = await readPartitioned(archive, newest)
  if (ledger?.settings_sha256 !== settingsSha256(dataset)) return undefined
  const before = await lastPartitioned(archive, versions.slice(0, -1))
  return { kind: 'already-partitioned', ledger, replaced: replacedBy(ledger, before) }
}

async function partition(request: PartitionRequest, spool: SliceSpool): Promise<PartitionOutcome> {
  const { dataset, archive, upload, otherContent, signal, onProgress = () => undefined } = request
  const reading = await readUpload({ dataset, upload, spool, signal, onProgress })
  if (reading.kind === 'superseded') return { kind: 'superseded', key: upload.key }
  const before = await lastPartitioned(archive, await versionsOf(archive, upload.key))
  if (before !== undefined && before.upload.sha256 !== reading.sha256 && otherContent === 'is-refused')
    return { kind: 'name-taken', ledger: before }
  const facts = factsOf(request, reading)
  if (reading.kind === 'refused')
    return commit(request, { ...facts, outcome: 'refused', reason: reading.reason }, undefined)

  const events = eventsOf(reading.counts)
  const files = placeFiles(await spool.finish(), parseLayout(dataset.archive.layout), facts.id)
  const isKnown = await isThere(archive, files)
  const accounts =
    (isKnown ? await accountsOfTwin(archive, facts.id) : undefined) ??
    (await writeFiles(files, events.read - events.sliced, spool, archive, { signal, onProgress }))
  const outcome = await commit(request, { ...facts, outcome: 'partitioned', events, ...accounts }, before)
  // Who replaced another version of this content may have been deleting it.
  if (isKnown && outcome.kind !== 'superseded') await writeMissing(files, spool, archive)
  return outcome
}

async function commit(
  { archive, upload }: PartitionRequest,
  version: Unnumbered,
  before: PartitionedUpload | undefined,
): Promise<PartitionOutcome> {
  const ledger = await commitVersion(archive, upload, version)
  if (ledger === undefined) return { kind: 'superseded', key: upload.key }
  await finishVersions(archive, versionsPrefix(upload.key))
  if (ledger.outcome === 'refused') return { kind: 'refused', ledger }
  return { kind: 'partitioned', ledger, replaced: replacedBy(ledger, before) }
}

function replacedBy({ id }: PartitionedUpload, before: PartitionedUpload | undefined): Replaced {
  return before?.id === id ? undefined : before
}

/** What both kinds of ledger say. */
function factsOf({ dataset, upload }: PartitionRequest, reading: Exclude<UploadReading, { kind: 'superseded' }>) {
  const { key, info } = upload
  const { size, etag, modified } = info
  const settings = settingsSha256(dataset)
  const id = uploadId({
    contentSha256: reading.sha256,
    settingsSha256: settings,
    tooLate: reading.kind === 'read' ? reading.counts.tooLate : 0,
    arrival: dataset.uploads.timestamp === 'arrival' ? { key, modified } : undefined,
  })
  return {
    ledger_version: 1,
    dataset: dataset.name,
    created_by: CREATED_BY,
    upload: { key, etag, bytes: size, sha256: reading.sha256, modified: new Date(modified).toISOString() },
    id,
    settings_sha256: settings,
  } as const
}

function eventsOf({ read, blank, quarantined }: EventCounts): PartitionedUpload['events'] {
  const rejected = Object.values(quarantined).reduce((sum, count) => sum + count, 0)
  return { read, sliced: read - rejected, quarantined, blank }
}

/** Of versions of one upload the newest that was partitioned. */
async function lastPartitioned(
  archive: ObjectStore,
  versions: readonly UploadVersion[],
): Promise<PartitionedUpload | undefined> {
  const last = versions.findLast(({ outcome }) => outcome === 'partitioned')
  return last && readPartitioned(archive, last)
}

async function readPartitioned(
  archive: ObjectStore,
  { ledgerKey, outcome }: UploadVersion,
): Promise<PartitionedUpload | undefined> {
  const ledger = outcome === 'partitioned' ? await readUploadLedger(archive, ledgerKey) : undefined
  return ledger?.outcome === 'partitioned' ? ledger : undefined
}

/** Whether some run has written slices of this id before. They are written in key order, so that the first tells. */
async function isThere(archive: ObjectStore, { slices, quarantine }: PlacedFiles): Promise<boolean> {
  const first = slices[0] ?? quarantine
  return first !== undefined && (await archive.head(first.key)) !== undefined
}

/** The slices of that id that count already, by another name: they stay as they are. */
async function accountsOfTwin(archive: ObjectStore, id: string): Promise<FileAccounts | undefined> {
  const { versions } = await listVersions(archive, LEDGERS)
  const twin = liveVersions(versions).find((version) => version.id === id)
  const ledger = twin && (await readUploadLedger(archive, twin.ledgerKey))
  if (ledger?.outcome !== 'partitioned') return undefined
  const { slices, quarantine } = ledger
  return { slices, quarantine }
}
