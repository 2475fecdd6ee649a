import { parseTimestamp } from '../../shred/timestamp.ts'

const DATE = /^\d{4}-\d\d-\d\d$/

/** RFC 3339, or a date alone for its midnight in UTC, to microseconds since the epoch; undefined for any other text. */
export function parseMoment(text: string): bigint | undefined {
  const bytes = Buffer.from(DATE.test(text) ? `${text}T00:00:00Z` : text)
  return parseTimestamp(bytes, 0, bytes.length)
}
