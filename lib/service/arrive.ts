import type { Catalog } from '../catalog/catalog.ts'
import { failureText, nextSource, type SourceRecord, sourceRecord } from '../catalog/source-record.ts'
import { DaysealError } from '../errors.ts'
import { type PreparedHour, prepareHour } from '../seal/prepare-hour.ts'
import type { ArchiveHour } from './archive-objects.ts'
import type { Service } from './service.ts'
import { tellDay, tellSealing } from './tell-day.ts'

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
  const { dataset, date, key } = source
  const day = { dataset, date }
  const arrived = { key, etag: object.etag }
  const told = await service.catalog.recordSource({ ...source, state: 'arrived' }, signal)
  if (told.kind === 'older') return { kind: 'older' }
  await tellSealing(service, day, arrived, signal)
  const known = told.kind === 'recorded' ? told.source : told.present
  const prepared = await prepareOrTell(service, place, source, known, signal)
  await recordPrepared(service.catalog, source, prepared, signal)
  const sealed = prepared.kind === 'empty' ? undefined : prepared.stale
  const stale = sealed === undefined ? undefined : { sealed, object: arrived }
  await tellDay(service, day, { hoursFound: prepared.hoursFound, stale }, signal)
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
