import { type DayContent, type DayRecord, LATE_LIMIT, type LateObject, type Lease } from './day-record.ts'

/*
 * What may become of a day. Each function takes what is known (undefined: nothing) and returns what to write, or why
 * not; `updateDay` writes it. A day moves
 *
 *   open ⇄ incomplete → sealing → sealed → stale → sealing …, and from each of them to failed and back to sealing.
 *
 * Objects that come while a day is sealed, or being sealed, are kept in `late` until a seal is known to hold them, so
 * that none is lost between a seal's listing and its end.
 */

export interface DayName {
  readonly dataset: string
  readonly date: string
}

export type Changed = { readonly kind: 'changed'; readonly next: DayContent }
/** There is nothing to write. */
export type Unchanged = { readonly kind: 'unchanged'; readonly present: DayContent | undefined }
/** Somebody else works on the day. */
export type Leased = { readonly kind: 'leased'; readonly lease: Lease }
/** It is about a generation before the one that is known. */
export type Superseded = { readonly kind: 'superseded'; readonly generation: number }

type Present = DayRecord | undefined

/** Tells how many hours of a day that is not sealed have arrived. */
export function openDay(present: Present, day: DayName, hoursFound: number, now: Date): Changed | Unchanged {
  const waiting = present === undefined || present.state === 'open' || present.state === 'incomplete'
  if (!waiting || (present?.state === 'open' && present.hours_found === hoursFound))
    return { kind: 'unchanged', present }
  return changed(present, day, now, { state: 'open', hours_found: hoursFound, note: null })
}

/**
 * Begins a seal: `lease.owner` alone works on the day until `lease.until`, or the end that it reports. The same owner
 * may begin again. Call it before the archive is listed: what is late by now is in that listing.
 */
export function beginSeal(present: Present, day: DayName, lease: Lease, now: Date): Changed | Leased {
  const other = liveLease(present, lease.owner, now)
  if (other !== undefined) return { kind: 'leased', lease: other }
  const late = (present?.late ?? []).map((object) => ({ ...object, listed: true }))
  return changed(present, day, now, { state: 'sealing', lease, late, note: null })
}

/** An object whose content is in no seal that is known; with no etag one that counts no more, and a seal may hold. */
export interface LateArrival {
  readonly key: string
  readonly etag: string | null
}

/**
 * Tells of an object that came after the day was sealed, or while it is. A sealed day becomes stale; one that is being
 * sealed remembers the object for `completeSeal`. Of a day that was never sealed there is nothing to tell.
 */
export function markStale(present: Present, object: LateArrival, now: Date): Changed | Unchanged {
  if (present === undefined || (present.generation === null && present.state !== 'sealing')) {
    return { kind: 'unchanged', present }
  }
  const late = addLate(present.late, object)
  const state = present.state === 'sealed' ? 'stale' : present.state
  if (late === present.late && state === present.state) return { kind: 'unchanged', present }
  return changed(present, present, now, { state, late })
}

/** What a committed generation is, from its manifest. */
export interface SealFacts {
  readonly generation: number
  readonly hours_found: number
  readonly row_count: number
  readonly parquet_size_bytes: number | null
  readonly manifest_key: string
  readonly manifest_sha256: string
  /** Every object that it holds. */
  readonly sources: readonly { readonly key: string; readonly etag: string }[]
}

/**
 * Tells of a committed generation, and ends its owner's lease. Objects that are late and not among its sources make the
 * day stale at once. The commit decides, not the lease: whoever lost the lease still tells of what was committed, and
 * the day stays with the one who has it now.
 */
export function completeSeal(
  present: Present,
  day: DayName,
  { owner, sources, note, ...facts }: SealFacts & { readonly owner: string; readonly note?: string },
  now: Date,
): Changed | Superseded {
  if (present?.generation != null && facts.generation < present.generation) {
    return { kind: 'superseded', generation: present.generation }
  }
  const other = liveLease(present, owner, now)
  const listed = holds(present, owner)
  const sealed = new Map(sources.map(({ key, etag }) => [key, etag]))
  const late = (present?.late ?? []).filter((object) => !(listed && object.listed) && isLate(object, sealed))
  const state = other !== undefined ? 'sealing' : late.length > 0 ? 'stale' : 'sealed'
  return changed(present, day, now, { ...facts, state, late, lease: other ?? null, note: note ?? null })
}

/** Whether a seal of these sources, with their etags by key, lacks the object, or holds what counts no more. */
function isLate({ key, etag }: LateObject, sealed: ReadonlyMap<string, string>): boolean {
  if (key === null) return true
  return etag === null ? sealed.has(key) : sealed.get(key) !== etag
}

/** How a run ended that sealed nothing. */
export interface EndFacts {
  readonly owner: string
  /** The generation that the run found, or made; null for none. */
  readonly generation: number | null
  readonly note: string
}

/** Tells that a run ended in an error. One without the lease says nothing of a generation that is newer than its own. */
export function failDay(present: Present, day: DayName, end: EndFacts, now: Date): Changed | Leased | Superseded {
  const refusal = endRefused(present, end, now)
  if (refusal !== undefined) return refusal
  return changed(present, day, now, { state: 'failed', lease: null, note: end.note })
}

/** Tells that hours were missing at the deadline. A day that was sealed before stays sealed, or stale, as it was. */
export function leaveIncomplete(
  present: Present,
  day: DayName,
  end: EndFacts & { readonly hours_found: number },
  now: Date,
): Changed | Leased | Superseded {
  const refusal = endRefused(present, end, now)
  if (refusal !== undefined) return refusal
  if (present?.generation != null) {
    const state = present.late.length > 0 ? 'stale' : 'sealed'
    return changed(present, day, now, { state, lease: null, note: end.note })
  }
  return changed(present, day, now, {
    state: 'incomplete',
    lease: null,
    note: end.note,
    hours_found: end.hours_found,
  })
}

function endRefused(present: Present, end: EndFacts, now: Date): Leased | Superseded | undefined {
  const other = liveLease(present, end.owner, now)
  if (other !== undefined) return { kind: 'leased', lease: other }
  if (holds(present, end.owner) || present?.generation == null) return undefined
  return (end.generation ?? 0) < present.generation ? { kind: 'superseded', generation: present.generation } : undefined
}

/** The lease of anybody but `owner` that has not run out. */
function liveLease(present: Present, owner: string, now: Date): Lease | undefined {
  const lease = present?.lease ?? undefined
  return lease === undefined || lease.owner === owner || Date.parse(lease.until) <= now.getTime() ? undefined : lease
}

function holds(present: Present, owner: string): boolean {
  return present?.lease?.owner === owner
}

function addLate(late: DayContent['late'], { key, etag }: LateArrival): DayContent['late'] {
  if (late.some((object) => object.key === key && object.etag === etag)) return late
  const others = late.filter((object) => object.key !== key)
  const more = others.some((object) => object.key === null)
  if (others.length < LATE_LIMIT + (more ? 1 : 0)) return [...others, { key, etag, listed: false }]
  if (others.some((object) => object.key === null && !object.listed)) return late
  return [...others.filter((object) => object.key !== null), MORE]
}

const MORE: LateObject = { key: null, etag: null, listed: false }

function changed(present: Present, { dataset, date }: DayName, now: Date, change: Partial<DayContent>): Changed {
  const { version: _, ...content } = present ?? { ...NOTHING, version: 0 }
  return { kind: 'changed', next: { ...content, ...change, dataset, date, updated: now.toISOString() } }
}

const NOTHING = {
  state: 'open',
  generation: null,
  hours_found: 0,
  row_count: null,
  parquet_size_bytes: null,
  manifest_key: null,
  manifest_sha256: null,
  note: null,
  lease: null,
  late: [],
} satisfies Omit<DayContent, 'dataset' | 'date' | 'updated'>
