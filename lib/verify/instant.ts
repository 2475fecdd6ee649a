import type { TimeForm } from '../time/time-form.ts'

/*
 * Times as convert reads them (lib/time/time-reader.ts), written apart from it: this is what checks it.
 */

/** Microseconds since the epoch, and whether they are the whole time. */
export interface Instant {
  readonly micros: bigint
  readonly exact: boolean
}

const DATE_TIME = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`
/** As earlier versions read times: manifests whose event time has no form are of such. */
const STRICT = new RegExp(
  String.raw`^${DATE_TIME}(?:\.(?<fraction>\d+))?(?:[Zz]|(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d))$`,
)
const LENIENT = new RegExp(
  String.raw`^${DATE_TIME}(?:[.,](?<fraction>\d+))? ?(?:[Zz]|(?<sign>[+-])(?<hours>\d\d)(?::?(?<minutes>\d\d))?)$`,
)
const ACCESS_LOG =
  /^(?<day>\d\d)\/(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/(?<year>\d{4}):(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<sign>[+-])(?<hours>\d\d)(?<minutes>\d\d)$/
const NUMBER = /^(?<minus>-?)(?<whole>\d{1,30})(?:\.(?<fraction>\d+))?(?:[eE](?<exponent>[+-]?\d{1,2}))?$/

type Groups = Readonly<Record<string, string | undefined>>

/**
 * RFC 3339 to microseconds since the epoch; undefined for any other text, for an offset without its colon, and for digits
 * beyond the microsecond that are not zero.
 */
export function parseInstant(text: string): bigint | undefined {
  const groups = STRICT.exec(text)?.groups
  const instant = groups === undefined || groups.second === '60' ? undefined : instantOf(groups)
  return instant?.exact ? instant.micros : undefined
}

/** A text, or the digits of a number; undefined for what is no time of the form. */
export function readInstant(text: string, form: TimeForm): Instant | undefined {
  if (typeof form === 'object') return byPattern(text, form)
  if (form === 'rfc3339') return matched(LENIENT, text)
  if (form === 'access-log') return matched(ACCESS_LOG, text)
  if (form !== 'auto') return ofNumber(text, PLACES[form])
  if (!NUMBER.test(text)) return matched(LENIENT, text) ?? matched(ACCESS_LOG, text)
  const size = Math.abs(Number(text))
  const places = [[1e8], [1e11, 0], [1e14, 3], [1e17, 6], [Infinity, 9]].find(([below]) => size < below!)?.[1]
  return places === undefined ? undefined : ofNumber(text, places)
}

const PLACES = { 'epoch-s': 0, 'epoch-ms': 3, 'epoch-us': 6, 'epoch-ns': 9 } as const

function matched(form: RegExp, text: string): Instant | undefined {
  const groups = form.exec(text)?.groups
  return groups && instantOf(groups)
}

function instantOf(groups: Groups): Instant | undefined {
  const { fraction = '', sign, hours = '0', minutes = '0', name } = groups
  const number = (key: string) => Number(groups[key] ?? 0)
  const month = name === undefined ? number('month') : 'JanFebMarAprMayJunJulAugSepOctNovDec'.indexOf(name) / 3 + 1
  const [year, day, hour, minute, second] = ['year', 'day', 'hour', 'minute', 'second'].map(number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (hour > 23 || minute > 59 || second > 60 || Number(hours) > 23 || Number(minutes) > 59 || year < 1)
    return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const isLeap = second === 60
  date.setUTCHours(hour, minute, isLeap ? 59 : second)
  const offset = (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes))
  const utc = new Date(date.getTime() - offset * 1000)
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return undefined
  const micros = BigInt(utc.getTime()) * 1000n
  if (!isLeap)
    return { micros: micros + BigInt(fraction.slice(0, 6).padEnd(6, '0')), exact: !/[1-9]/.test(fraction.slice(6)) }
  // Only the last second of a month can be one, and is read as the end of the second before.
  const next = new Date(utc.getTime() + 1000).toISOString()
  return next.endsWith('-01T00:00:00.000Z') ? { micros: micros + 999_999n, exact: false } : undefined
}

/** `places`: how many decimal places of a second the unit is. */
function ofNumber(text: string, places: number): Instant | undefined {
  const groups = NUMBER.exec(text)?.groups
  if (groups === undefined) return undefined
  const { minus, whole = '', fraction = '', exponent = '0' } = groups
  // Where the point is, once the number is one of microseconds.
  const point = whole.length + Number(exponent) + 6 - places
  const digits = whole + fraction
  const before = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
  const exact = /^0*$/.test(point <= 0 ? digits : digits.slice(point))
  const size = BigInt(before)
  const micros = minus === '' ? size : -size - (exact ? 0n : 1n)
  const isInRange = micros >= -62_135_596_800_000_000n && micros < 253_402_300_800_000_000n
  return isInRange ? { micros, exact } : undefined
}

function byPattern(text: string, { pattern, offset }: Extract<TimeForm, object>): Instant | undefined {
  const groups: Record<string, string> = {}
  let at = 0
  for (const [run] of pattern.matchAll(/y+|M+|d+|H+|m+|s+|S+|[^yMdHmsS]/gsu)) {
    const part = text.slice(at, at + run.length)
    at += run.length
    const name = FIELDS[run[0]!]
    if (name === undefined ? part !== run : !/^\d+$/.test(part) || part.length !== run.length) return undefined
    if (name !== undefined) groups[name] = part
  }
  if (at !== text.length) return undefined
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? []
  return instantOf({ ...groups, ...(sign !== undefined && { sign, hours: hours!, minutes: minutes! }) })
}

const FIELDS: Readonly<Record<string, string | undefined>> = {
  y: 'year',
  M: 'month',
  d: 'day',
  H: 'hour',
  m: 'minute',
  s: 'second',
  S: 'fraction',
}
