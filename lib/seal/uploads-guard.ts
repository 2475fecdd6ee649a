import type { DayListing } from '../archive/day-listing.ts'
import { HOURS } from '../archive/guards.ts'
import type { Uploads } from '../intake/ledger-listing.ts'
import type { UploadSettings } from '../intake/settings.ts'
import { sliceId } from '../intake/upload-keys.ts'
import type { HeldUpload } from '../intake/upload-ledger.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** What tells whether all uploads for a day have come, as they were when it was listed. */
export interface UploadsState {
  /** Hours that may be without a source. */
  readonly silent: readonly string[]
  /** How many uploads are not partitioned yet, and the key of the first. They may hold events of any day. */
  readonly inFlight: number
  readonly firstInFlight: string | undefined
  /** Uploads that somebody has to decide about, and that have, or may have, events of the day. */
  readonly held: readonly Pick<HeldUpload, 'upload' | 'reason'>[]
  readonly quietMinutes: number
  /** The day's end, or when the last upload that it has slices of was partitioned; milliseconds since the epoch. */
  readonly quietSince: number
}

export type UploadsGuard =
  | { readonly kind: 'passed' }
  /** `first`: the key of one of them. */
  | { readonly kind: 'in-flight'; readonly count: number; readonly first: string }
  /** `first`: the key of one of them, and why. */
  | { readonly kind: 'held'; readonly count: number; readonly first: string; readonly reason: string }
  /** Uploads may still come until the quiet time is over. */
  | { readonly kind: 'not-quiet'; readonly since: Date; readonly until: Date }

export type UploadsRefusal = Exclude<UploadsGuard, { readonly kind: 'passed' }>

/** Undefined for a dataset without uploads. */
export function uploadsState(
  settings: UploadSettings | undefined,
  uploads: Uploads | undefined,
  { date, hours }: Pick<DayListing, 'date' | 'hours'>,
): UploadsState | undefined {
  if (settings === undefined || uploads === undefined) return undefined
  const ids = new Set([...hours.values()].flat().map(({ key }) => sliceId(key)))
  const dayEnd = Date.parse(`${date}T00:00:00Z`) + DAY_MS
  let quietSince = dayEnd
  for (const id of ids) {
    const versions = id === undefined ? [] : (uploads.live.get(id) ?? [])
    for (const { written } of versions) quietSince = Math.max(quietSince, Math.floor(written))
  }
  const { silentHours, quietMinutes } = settings
  return {
    silent: silentHours === 'any' ? HOURS : silentHours,
    inFlight: uploads.inFlight.length,
    firstInFlight: uploads.inFlight[0]?.key,
    held: uploads.held.filter((upload) => mayHold(upload, date, settings.futureHours)),
    quietMinutes,
    quietSince,
  }
}

/**
 * Whether a held upload may have events of a day: where nobody can know its days, of those that had begun when it was put, or
 * so many hours later.
 */
function mayHold({ dates, upload }: HeldUpload, date: string, futureHours: number): boolean {
  if (dates.length > 0) return dates.includes(date)
  return Date.parse(date) <= Date.parse(upload.modified) + futureHours * 60 * MINUTE_MS
}

/** Refuses a day for which more may be on its way. Without uploads there is nothing to wait for. */
export function uploadsGuard(state: UploadsState | undefined, now: Date): UploadsGuard {
  if (state === undefined) return { kind: 'passed' }
  const { inFlight: count, firstInFlight: first, held, quietMinutes, quietSince } = state
  if (first !== undefined) return { kind: 'in-flight', count, first }
  const [one] = held
  if (one !== undefined) return { kind: 'held', count: held.length, first: one.upload.key, reason: one.reason }
  const until = quietSince + quietMinutes * MINUTE_MS
  if (now.getTime() >= until) return { kind: 'passed' }
  return { kind: 'not-quiet', since: new Date(quietSince), until: new Date(until) }
}

/** The hours that count as complete: those with a source, and the silent ones. */
export function hoursWithSilent(found: readonly string[], state: UploadsState | undefined): readonly string[] {
  return HOURS.filter((hour) => found.includes(hour) || state?.silent.includes(hour) === true)
}
