import { epochFormOf, epochTime, isEpochForm } from './epoch-time.ts'
import type { TimeForm } from './time-form.ts'
import { accessLogTime, patternTime, rfc3339Time } from './time-text.ts'
import { parseTimestamp } from './timestamp.ts'
import type { ReadTime } from './written-time.ts'

/*
 * The one reader of times: of uploads, timestamp columns, event times, filters and exports. lib/verify/instant.ts, which
 * checks what it read, is written apart from it; lib/shred/assembly reads the plainest form, and leaves the rest to it.
 */

/** Reads times of one form. What is none, and what no calendar has, is undefined. */
export interface TimeReader {
  readonly form: TimeForm
  /** A text, or the digits of a number. */
  text(text: string): ReadTime | undefined
  /** UTF-8 from `start` to `end`. */
  bytes(bytes: Uint8Array, start: number, end: number): ReadTime | undefined
}

/** @throws DaysealError `usage` for a pattern that cannot be used */
export function timeReader(form: TimeForm): TimeReader {
  const text = textReader(form)
  const mayBePlain = form === 'auto' || form === 'rfc3339'
  return {
    form,
    text,
    bytes(bytes, start, end) {
      const micros = mayBePlain ? parseTimestamp(bytes, start, end) : undefined
      if (micros !== undefined) return { micros, exact: true }
      return text(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'))
    },
  }
}

export const AUTO_TIME: TimeReader = timeReader('auto')

/** What is a time and nothing else, whatever it is called: a text with a date, a time of day and an offset. */
export const WRITTEN_TIME: Pick<TimeReader, 'bytes'> = {
  bytes(bytes, start, end) {
    // No form that is read is shorter or, but for digits beyond microseconds, longer.
    if (end - start < SHORTEST || end - start > LONGEST) return undefined
    const rfc3339 = RFC_3339.bytes(bytes, start, end)
    return rfc3339 ?? ACCESS_LOG.bytes(bytes, start, end)
  },
}

const RFC_3339 = timeReader('rfc3339')
const ACCESS_LOG = timeReader('access-log')
const SHORTEST = 20
const LONGEST = 64

/** For messages: what is wanted where a time is none. */
export function describeForm(form: TimeForm): string {
  if (typeof form === 'object') return `a time written as ${form.pattern}`
  return DESCRIPTIONS[form]
}

const DESCRIPTIONS: Readonly<Record<Exclude<TimeForm, object>, string>> = {
  auto: "RFC 3339 with an offset, an access log's time, or a number of seconds (from 10^8 on) to nanoseconds since 1970",
  rfc3339: 'RFC 3339 with an offset',
  'access-log': '14/Mar/2025:01:02:03 +0100',
  'epoch-s': 'seconds since 1970',
  'epoch-ms': 'milliseconds since 1970',
  'epoch-us': 'microseconds since 1970',
  'epoch-ns': 'nanoseconds since 1970',
}

function textReader(form: TimeForm): TimeReader['text'] {
  if (typeof form === 'object') return patternTime(form.pattern, form.offset)
  if (isEpochForm(form)) return (text) => epochTime(text, form)
  if (form === 'rfc3339') return rfc3339Time
  return form === 'access-log' ? accessLogTime : anyTime
}

function anyTime(text: string): ReadTime | undefined {
  const unit = epochFormOf(text)
  return unit === undefined ? (rfc3339Time(text) ?? accessLogTime(text)) : epochTime(text, unit)
}
