import { describeForm, type TimeReader, WRITTEN_TIME } from '../time/time-reader.ts'
import { NUMBER_COUNTERS } from './counters.ts'
import { type Cursor, LETTER_F, LETTER_N, LETTER_T, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts'
import { readNumber } from './json-number.ts'
import { readString } from './json-string.ts'
import { skipValue } from './json-value.ts'
import { STRINGS } from './node.ts'
import { Reject } from './reject.ts'

const NO_NUMBERS: readonly number[] = [OPEN_BRACE, OPEN_BRACKET, LETTER_T, LETTER_F, LETTER_N]

/**
 * Reads a timestamp at the cursor, a text or a number; `bigint` is its microseconds then. Returns what it counts as.
 * Whatever is none, or has digits beyond the microsecond, rejects the line: nothing is cut.
 */
export function readTimestamp(cursor: Cursor, first: number, reader: TimeReader): number {
  if (first === QUOTE) {
    readString(cursor)
    const { text, textStart, textEnd } = cursor
    cursor.bigint = exactMicros(reader, text.bytes, textStart, textEnd)
    return STRINGS
  }
  const start = cursor.at
  if (NO_NUMBERS.includes(first)) {
    skipValue(cursor)
    throw notTimestamp(reader, cursor.bytes, start, cursor.at)
  }
  const counter = NUMBER_COUNTERS[readNumber(cursor)]
  cursor.bigint = exactMicros(reader, cursor.bytes, start, cursor.at)
  return counter
}

/**
 * Microseconds of the text that was just read (`readString`) where it is plainly a time, date, time of day and offset, and
 * no more than that; undefined for any other text.
 */
export function writtenTime({ text, textStart, textEnd }: Cursor): bigint | undefined {
  const time = WRITTEN_TIME.bytes(text.bytes, textStart, textEnd)
  return time?.exact ? time.micros : undefined
}

function exactMicros(reader: TimeReader, bytes: Uint8Array, start: number, end: number): bigint {
  const time = reader.bytes(bytes, start, end)
  if (time?.exact) return time.micros
  throw notTimestamp(reader, bytes, start, end)
}

function notTimestamp({ form }: TimeReader, bytes: Uint8Array, start: number, end: number): Reject {
  const seen = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString('utf8')
  return new Reject(
    'timestamp',
    `seen ${JSON.stringify(seen)}, wanted ${describeForm(form)}, with at most microseconds`,
  )
}
