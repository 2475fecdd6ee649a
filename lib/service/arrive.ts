import type { Catalog } from '../catalog/catalog.ts'
import type { DayRecord } from '../catalog/day-record.ts'
import { completeSeal, type DayName, markStale, openDay } from '../catalog/day-transitions.ts'
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
  const prepared = await prepareOrTell(service, place, source, signal)
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
  { dataset, date, hour, key }: ArchiveHour,
  source: Source,
  signal: AbortSignal,
): Promise<PreparedHour> {
  try {
    return await prepareHour({ dataset, ...service.openStores(dataset), date, hour, signal })
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'source') {
      const cause = error.message
      const told = await service.catalog.recordSource({ ...source, state: 'failed', error: cause }, signal)
      if (told.kind === 'recorded')
        await service.announce(dataset.name, date, { kind: 'Hour Failed', hour, key, cause })
    }
    throw error
  }
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

async function tellDay(
  { catalog, announce, now }: Service,
  { dataset, date, key }: ArchiveHour,
  { etag }: ArrivedObject,
  prepared: PreparedHour,
  signal: AbortSignal,
): Promise<void> {
  const day = { dataset: dataset.name, date }
  const stale = prepared.kind === 'empty' ? undefined : prepared.stale
  const marked = await updateDay(
    catalog,
    day,
    (present) =>
      stale !== undefined
        ? markStale(withSeal(present, day, stale, now()), { key, etag }, now())
        : openDay(present, day, prepared.hoursFound, now()),
    signal,
  )
  if (stale === undefined || marked.kind !== 'written') return
  await announce(dataset.name, date, { kind: 'Day Stale', generation: stale.manifest.generation, key })
}

/** The day as it is known, or if the catalog knows nothing of its seal, as the seal makes it known. */
function withSeal(present: DayRecord | undefined, day: DayName, seal: Generation | undefined, now: Date) {
  if (seal === undefined || (present?.generation ?? 0) >= seal.manifest.generation) return present
  const told = completeSeal(present, day, { ...sealFacts(seal.manifest), owner: NOBODY }, now)
  return told.kind === 'changed' ? { ...told.next, version: present?.version ?? 0 } : present
}

/** Owns no lease. */
const NOBODY = ''
