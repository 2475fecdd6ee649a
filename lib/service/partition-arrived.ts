import { parseLayout } from '../archive/layout.ts'
import { atOnce } from '../at-once.ts'
import type { PartitionOutcome } from '../intake/partition-outcome.ts'
import { partitionUpload } from '../intake/partition-upload.ts'
import { uploadIn } from '../intake/upload.ts'
import type { PartitionedUpload, SliceAccount } from '../intake/upload-ledger.ts'
import { newestGeneration } from '../seal/history.ts'
import { refuseOtherOutput } from '../seal/own-output.ts'
import type { ArrivedUpload } from './archive-objects.ts'
import type { Service } from './service.ts'
import { tellDay, tellSealing } from './tell-day.ts'

export interface PartitionArrivedOptions {
  readonly newId: () => string
  /** An existing directory, with room for what the upload is when it is compressed with gzip. */
  readonly scratch: string
  readonly signal: AbortSignal
}

export type ArrivedUploadOutcome =
  | PartitionOutcome
  /** Nothing of that name is there any more. */
  | { readonly kind: 'gone'; readonly key: string }

/** Days that are looked at, and told of, at the same time: a manifest of many slices may take a gigabyte to read. */
const DAYS_AT_ONCE = 2

/**
 * An upload has arrived in an archive: it is split by day and hour as it is now, whatever the event said. Then the catalog is
 * told of its days: one that was sealed without its slices, or with those that it replaces, is stale. One that cannot be read
 * is announced. The same upload may arrive again and again: what a stopped call did not tell is told then.
 *
 * Memory: that of `partitionUpload`, and the manifests of two days.
 * @throws DaysealError as `partitionUpload` does
 */
export async function partitionArrived(
  service: Service,
  { dataset, key }: ArrivedUpload,
  { newId, scratch, signal }: PartitionArrivedOptions,
): Promise<ArrivedUploadOutcome> {
  const { archive, out } = service.openStores(dataset)
  await refuseOtherOutput(dataset, out)
  const info = await archive.head(key)
  if (info === undefined) return { kind: 'gone', key }
  const upload = uploadIn(archive, info)
  const outcome = await partitionUpload({ dataset, archive, upload, decision: undefined, newId, scratch, signal })
  if (outcome.kind === 'refused') {
    await service.announce(dataset.name, undefined, { kind: 'Upload Refused', key, cause: outcome.ledger.reason })
  }
  if (outcome.kind === 'held') {
    await service.announce(dataset.name, undefined, { kind: 'Upload Held', key, cause: outcome.ledger.reason })
  }
  if (outcome.kind === 'partitioned' || outcome.kind === 'already-partitioned') {
    const days = touchedDays(outcome.ledger, outcome.retired)
    await atOnce(days, DAYS_AT_ONCE, (day) => tellTouched(service, dataset, day, signal))
  }
  return outcome
}

interface TouchedDay {
  readonly date: string
  readonly added: readonly SliceAccount[]
  /** Of versions that it retires: they count no more. */
  readonly removed: readonly SliceAccount[]
}

function touchedDays(ledger: PartitionedUpload, retired: readonly PartitionedUpload[]): readonly TouchedDay[] {
  const added = Map.groupBy(ledger.slices, ({ date }) => date)
  const removed = Map.groupBy(
    retired.flatMap(({ slices }) => slices),
    ({ date }) => date,
  )
  const dates = [...new Set([...added.keys(), ...removed.keys()])].sort()
  return dates.map((date) => ({ date, added: added.get(date) ?? [], removed: removed.get(date) ?? [] }))
}

/**
 * The slices of an upload count all at once, by its ledger, so that one of them stands for all. Of a day that is not sealed
 * yet the hours are told that have an object, slices without a ledger among them: a seal counts for itself.
 */
async function tellTouched(
  service: Service,
  dataset: ArrivedUpload['dataset'],
  { date, added, removed }: TouchedDay,
  signal: AbortSignal,
): Promise<void> {
  const { archive, out } = service.openStores(dataset)
  const day = { dataset: dataset.name, date }
  const layout = parseLayout(dataset.archive.layout)
  const listed = (await archive.list(layout.dayPrefix(date))).map((info) => ({ ...info, ...layout.match(info.key) }))
  const objects = listed.filter((object) => object.date === date)
  const etags = new Map(objects.map(({ key, etag }) => [key, etag]))
  const present = added.filter(({ key }) => etags.has(key)).map(({ key }) => ({ key, etag: etags.get(key)! }))
  const gone = removed.map(({ key }) => ({ key, etag: null }))
  for (const object of [...present.slice(0, 1), ...gone.slice(0, 1)]) await tellSealing(service, day, object, signal)
  const sealed = await newestGeneration(out, date)
  const held = new Set(sealed?.manifest.sources.map(({ key }) => key))
  const object = present.find(({ key }) => !held.has(key)) ?? gone.find(({ key }) => held.has(key))
  const stale = sealed === undefined || object === undefined ? undefined : { sealed, object }
  const hours = new Set(objects.map(({ hour }) => hour))
  await tellDay(service, day, { hoursFound: hours.size, stale }, signal)
}
