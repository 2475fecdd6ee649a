import { type Cursor, QUOTE } from './cursor.ts'
import { readString } from './json-string.ts'
import { skipValue } from './json-value.ts'
import { Reject } from './reject.ts'
import { parseTimestamp } from './timestamp.ts'

/** Reads a timestamp at the cursor; whatever is none rejects the line. */
export function readTimestamp(cursor: Cursor, first: number): bigint {
  if (first !== QUOTE) {
    const start = cursor.at
    skipValue(cursor)
    throw notTimestamp(cursor.bytes, start, cursor.at)
  }
  readString(cursor)
  const micros = parseTimestamp(cursor.text.bytes, cursor.textStart, cursor.textEnd)
  if (micros === undefined) throw notTimestamp(cursor.text.bytes, cursor.textStart, cursor.textEnd)
  return micros
}

function notTimestamp(bytes: Uint8Array, start: number, end: number): Reject {
  const seen = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString('utf8')
  return new Reject(
    'timestamp',
    `seen ${JSON.stringify(seen)}, wanted RFC 3339 with an offset and at most microseconds`,
  )
}
