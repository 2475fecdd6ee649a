import { DaysealError } from '../errors.ts'

const DAY_MS = 86_400_000

/** Every hour of a UTC day, "00" to "23". */
export const HOURS: readonly string[] = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'))

export type TodayGuard =
  | { readonly kind: 'passed' }
  /** The day `date` is not over: the present UTC day is `today`. */
  | { readonly kind: 'refused'; readonly date: string; readonly today: string }

export type HoursGuard =
  | { readonly kind: 'passed' }
  /** Fewer than `wanted` hours were found; `missing` are all hours of the day that were not. */
  | { readonly kind: 'refused'; readonly found: number; readonly wanted: number; readonly missing: readonly string[] }

/** Refuses a day that is not over in UTC. Days are `YYYY-MM-DD`. */
export function todayGuard(date: string, now: Date): TodayGuard {
  const today = dayOf(now.getTime())
  return date < today ? { kind: 'passed' } : { kind: 'refused', date, today }
}

/** Refuses a day of which fewer than `minHours` hours were found. Hours are "00" to "23"; one named twice counts once. */
export function hoursGuard(found: readonly string[], minHours: number): HoursGuard {
  const missing = HOURS.filter((hour) => !found.includes(hour))
  const count = HOURS.length - missing.length
  return count >= minHours ? { kind: 'passed' } : { kind: 'refused', found: count, wanted: minHours, missing }
}

/** A day as a person writes it: `YYYY-MM-DD`, and a day of the calendar. Throws `usage`. */
export function parseDate(text: string): string {
  if (isDate(text)) return text
  throw new DaysealError('usage', 'not a date', {
    seen: JSON.stringify(text),
    wanted: /^\d{4}-\d{2}-\d{2}$/.test(text) ? 'a day of the calendar' : 'YYYY-MM-DD, such as 2015-09-12',
  })
}

/** Whether `text` is `YYYY-MM-DD` and a day of the (proleptic Gregorian) calendar. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && dayOf(time) === text
}

/** The UTC day before the present one. */
export function yesterday(now: Date): string {
  return dayOf(now.getTime() - DAY_MS)
}

/** Every day from `from` to `to`, both included. Throws `usage` when one is no date, or `to` is before `from`. */
export function dateRange(from: string, to: string): readonly string[] {
  const first = timeOf(from)
  const last = timeOf(to)
  if (last < first) {
    throw new DaysealError('usage', 'the range of days is empty', {
      seen: `from ${from} to ${to}`,
      wanted: 'a last day that is not before the first',
    })
  }
  return Array.from({ length: (last - first) / DAY_MS + 1 }, (_, index) => dayOf(first + index * DAY_MS))
}

function timeOf(date: string): number {
  return Date.parse(`${parseDate(date)}T00:00:00Z`)
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
