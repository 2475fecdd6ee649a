import type { Catalog } from '../catalog/catalog.ts'
import type { DayRecord } from '../catalog/day-record.ts'
import {
  type Changed,
  completeSeal,
  type DayName,
  type ArrivedObject as LateArrival,
  markStale,
  openDay,
  type Unchanged,
} from '../catalog/day-transitions.ts'
import { failureText, nextSource, type SourceRecord, sourceRecord } from '../catalog/source-record.ts'
import { updateDay } from '../catalog/update-day.ts'
import { DaysealError } from '../errors.ts'
import type { Generation } from '../seal/history.ts'
import { type PreparedHour, prepareHour } from '../seal/prepare-hour.ts'
import type { ArchiveHour } from './archive-hours.ts'
import { sealFacts } from './seal-day.ts'
import type { Service } from './service.ts'

/** What an event says of an object. */
export interface ArrivedObject {
  readonly etag: string
  readonly bytes: number
  /** S3's, hexadecimal. */
  readonly sequencer: string
}

export type ArrivalOutcome =
  | PreparedHour
  /** The event is about a state of the object before one that is known already. */
  | { readonly kind: 'older' }

/**
 * An object has arrived in an archive: its hour becomes a part. Events are hints, so the hour is made of what the archive
 * holds now; repeated ones change nothing. A day that is sealed without this content becomes stale, and that is
 * announced; so is an hour that cannot be converted, when it fails for the first time.
 * @throws DaysealError as `prepareHour` does
 */
export async function arrive(
  service: Service,
  place: ArchiveHour,
  object: ArrivedObject,
  signal: AbortSignal,
): Promise<ArrivalOutcome> {
  const source = sourceOf(service, place, object)
  const told = await service.catalog.recordSource({ ...source, state: 'arrived' }, signal)
  if (told.kind === 'older') return { kind: 'older' }
  await tellSealing(service, place, object, signal)
  const known = told.kind === 'recorded' ? told.source : told.present
  const prepared = await prepareOrTell(service, place, source, known, signal)
  await recordPrepared(service.catalog, source, prepared, signal)
  await tellDay(service, place, object, prepared, signal)
  return prepared
}

type Source = ReturnType<typeof sourceOf>

function sourceOf({ now }: Service, { dataset, date, hour, key }: ArchiveHour, object: ArrivedObject) {
  return { dataset: dataset.name, date, hour, key, ...object, updated: now().toISOString() }
}

async function prepareOrTell(
  service: Service,
  { dataset, date, hour }: ArchiveHour,
  source: Source,
  known: SourceRecord,
  signal: AbortSignal,
): Promise<PreparedHour> {
  try {
    return await prepareHour({ dataset, ...service.openStores(dataset), date, hour, signal })
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'source') {
      await tellFailed(service, source, known, error.message, signal)
    }
    throw error
  }
}

/** Announced before it is recorded: it may be told twice, but not never. */
async function tellFailed(
  { catalog, announce }: Service,
  source: Source,
  known: SourceRecord,
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const cause = failureText.parse(message)
  const failed = sourceRecord.parse({ ...source, state: 'failed', error: cause })
  if (nextSource(known, failed).kind !== 'recorded') return
  const { dataset, date, hour, key } = source
  await announce(dataset, date, { kind: 'Hour Failed', hour, key, cause })
  await catalog.recordSource(failed, signal)
}

/** The object may be gone by now, or be another one, whose own event is still to come. */
async function recordPrepared(
  catalog: Catalog,
  { etag: _, bytes: __, ...source }: Source,
  prepared: PreparedHour,
  signal: AbortSignal,
): Promise<void> {
  const account = prepared.kind === 'empty' ? undefined : prepared.ledger.sources.find(({ key }) => key === source.key)
  if (prepared.kind === 'empty' || account === undefined) {
    await catalog.recordSource({ ...source, state: 'deleted' }, signal)
    return
  }
  const { etag, bytes } = account
  const part = prepared.ledger.part?.sha256 ?? null
  await catalog.recordSource({ ...source, sequencer: null, etag, bytes, state: 'converted', part_sha256: part }, signal)
}

/**
 * A seal that is under way may have listed the archive before the object came: it looks at what was told when it ends.
 * One that ends before this is found in the history afterwards.
 */
async function tellSealing(
  { catalog, now }: Service,
  { dataset, date, key }: ArchiveHour,
  { etag }: ArrivedObject,
  signal: AbortSignal,
): Promise<void> {
  const mark = (present: DayRecord | undefined) =>
    present?.state === 'sealing' ? markStale(present, { key, etag }, now()) : ({ kind: 'unchanged', present } as const)
  await updateDay(catalog, { dataset: dataset.name, date }, mark, signal)
}

/** Announced before it is recorded, as failures are. */
async function tellDay(
  { catalog, announce, now }: Service,
  { dataset, date, key }: ArchiveHour,
  { etag }: ArrivedObject,
  { hoursFound, ...prepared }: PreparedHour,
  signal: AbortSignal,
): Promise<void> {
  const day = { dataset: dataset.name, date }
  const stale = prepared.kind === 'empty' ? undefined : prepared.stale
  const told = (present: DayRecord | undefined) =>
    stale === undefined
      ? openDay(present, day, hoursFound, now())
      : markSealStale(present, day, stale, { key, etag }, now())
  if (stale !== undefined && told(await catalog.day(dataset.name, date, signal)).kind === 'changed') {
    await announce(dataset.name, date, { kind: 'Day Stale', generation: stale.manifest.generation, key })
  }
  await updateDay(catalog, day, told, signal)
}

/** Of a seal that the catalog knows nothing of yet, it is told too. */
function markSealStale(
  present: DayRecord | undefined,
  day: DayName,
  { manifest }: Generation,
  object: LateArrival,
  now: Date,
): Changed | Unchanged {
  if ((present?.generation ?? 0) >= manifest.generation) return markStale(present, object, now)
  const sealed = completeSeal(present, day, { ...sealFacts(manifest), owner: NOBODY }, now)
  if (sealed.kind === 'superseded') return markStale(present, object, now)
  const marked = markStale({ ...sealed.next, version: present?.version ?? 0 }, object, now)
  return marked.kind === 'changed' ? marked : sealed
}

/** Owns no lease. */
const NOBODY = ''
