import { parseDate } from './guards.ts'

const DAY_MS = 86_400_000

/** When a day must be complete: at `time` (`HH:MM`, UTC) of the day after it. */
export function deadlineOf(date: string, time: string): Date {
  return new Date(Date.parse(`${parseDate(date)}T${time}:00Z`) + DAY_MS)
}
