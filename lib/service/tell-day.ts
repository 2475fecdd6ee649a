import type { DayRecord } from '../catalog/day-record.ts'
import {
  type Changed,
  completeSeal,
  type DayName,
  type LateArrival,
  markStale,
  openDay,
  type Unchanged,
} from '../catalog/day-transitions.ts'
import { updateDay } from '../catalog/update-day.ts'
import type { Generation } from '../seal/history.ts'
import { sealFacts } from './seal-day.ts'
import type { Service } from './service.ts'

/**
 * A seal that is under way may have listed the archive before the object came: it looks at what was told when it ends.
 * One that ends before this is found in the history afterwards.
 */
export async function tellSealing(
  { catalog, now }: Service,
  day: DayName,
  object: LateArrival,
  signal: AbortSignal,
): Promise<void> {
  const mark = (present: DayRecord | undefined) =>
    present?.state === 'sealing' ? markStale(present, object, now()) : ({ kind: 'unchanged', present } as const)
  await updateDay(catalog, day, mark, signal)
}

/** What the archive holds of a day, and whether a seal of it does not. */
export interface DayNews {
  readonly hoursFound: number
  /** The day's newest generation, and the object whose content is not what it was sealed with. */
  readonly stale: { readonly sealed: Generation; readonly object: LateArrival } | undefined
}

/** That a day is stale is announced before it is recorded: it may be told twice, but not never. */
export async function tellDay(
  { catalog, announce, now }: Service,
  day: DayName,
  { hoursFound, stale }: DayNews,
  signal: AbortSignal,
): Promise<void> {
  const told = (present: DayRecord | undefined) =>
    stale === undefined
      ? openDay(present, day, hoursFound, now())
      : markSealStale(present, day, stale.sealed, stale.object, now())
  if (stale !== undefined && told(await catalog.day(day.dataset, day.date, signal)).kind === 'changed') {
    const { generation } = stale.sealed.manifest
    await announce(day.dataset, day.date, { kind: 'Day Stale', generation, key: stale.object.key })
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
