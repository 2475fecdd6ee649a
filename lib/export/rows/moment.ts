import { AUTO_TIME } from '../../time/time-reader.ts'

const DATE = /^\d{4}-\d\d-\d\d$/
const NUMBER = /^[-+.\d]+$/
/** Seconds, milliseconds, microseconds or nanoseconds of the years 2001 to 2286: 20250314 and 20250314010203 are none. */
const EPOCH = /^\d{10}(?:\d{3}){0,3}(?:\.\d+)?$/

/**
 * A time in any of the usual forms, or a date alone for its midnight in UTC, to microseconds since the epoch; undefined for
 * any other text, and for a time that lies between two microseconds.
 */
export function parseMoment(text: string): bigint | undefined {
  if (NUMBER.test(text) && !DATE.test(text) && !EPOCH.test(text)) return undefined
  const time = AUTO_TIME.text(DATE.test(text) ? `${text}T00:00:00Z` : text)
  return time?.exact ? time.micros : undefined
}
