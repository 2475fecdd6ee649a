import { DaysealError } from '../errors.ts'
import { offsetSeconds, type ReadTime, readWritten } from './written-time.ts'

/*
 * Times as texts; undefined for a text of another form, and for a time that does not exist.
 */

/** RFC 3339 as others write it too: a comma before the fraction, an offset without its colon or its minutes (ISO 8601). */
const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))? ?([Zz]|[+-]\d\d(?::?\d\d)?)$/

/** RFC 3339 with any offset; a time without one is none, whose it is being a guess. */
export function rfc3339Time(text: string): ReadTime | undefined {
  const match = RFC_3339.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match
  const offset = offsetSeconds(zone!)
  if (offset === undefined) return undefined
  return readWritten({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
    offset,
  })
}

/** `14/Mar/2025:01:02:03 +0100`, as web servers write it (`%t` of Apache's log formats, without the brackets). */
const ACCESS_LOG = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function accessLogTime(text: string): ReadTime | undefined {
  const match = ACCESS_LOG.exec(text)
  if (match === null) return undefined
  const [, day, name, year, hour, minute, second, zone] = match
  const offset = offsetSeconds(zone!)
  if (offset === undefined) return undefined
  return readWritten({
    year: Number(year),
    month: MONTHS.indexOf(name!) + 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction: '',
    offset,
  })
}

const FIELDS = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'] as const
const FIELD_RUN = /y+|M+|d+|H+|m+|s+|S+/g

/**
 * A reader of times of one declared form: `yyyy MM dd HH mm ss` stand for digits, `S` to `SSSSSSSSS` for so many of a
 * fraction, every other character for itself. What is left out is zero.
 * @throws DaysealError `usage` for a pattern without a date and an hour, or with a field twice
 */
export function patternTime(pattern: string, offset: string): (text: string) => ReadTime | undefined {
  const found: string[] = []
  const source = pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace(FIELD_RUN, (run) => {
    const name = run.startsWith('S') ? 'fraction' : run
    if (found.includes(name)) throw wrongPattern(pattern, `${run} more than once`)
    if (!isField(run) && !(name === 'fraction' && run.length <= 9)) throw wrongPattern(pattern, JSON.stringify(run))
    found.push(name)
    return `(?<${name}>\\d{${run.length}})`
  })
  const missing = ['yyyy', 'MM', 'dd', 'HH'].find((name) => !found.includes(name))
  if (missing !== undefined) throw wrongPattern(pattern, `no ${missing}`)
  const form = new RegExp(`^${source}$`)
  const seconds = offsetSeconds(offset) ?? 0
  return (text) => {
    const groups = form.exec(text)?.groups
    if (groups === undefined) return undefined
    const [year, month, day, hour, minute, second] = FIELDS.map((name) => Number(groups[name] ?? 0))
    return readWritten({
      year: year!,
      month: month!,
      day: day!,
      hour: hour!,
      minute: minute!,
      second: second!,
      fraction: groups.fraction ?? '',
      offset: seconds,
    })
  }
}

function isField(run: string): boolean {
  return FIELDS.some((field) => field === run)
}

function wrongPattern(pattern: string, seen: string): DaysealError {
  return new DaysealError('usage', `the pattern of times ${JSON.stringify(pattern)} cannot be used`, {
    seen,
    wanted: 'yyyy, MM, dd and HH, perhaps mm, ss and S to SSSSSSSSS, each once; other characters stand for themselves',
  })
}
