const MICROS_PER_SECOND = 1_000_000n
const SECONDS_PER_DAY = 86_400
/** The years 0001 to 9999 in UTC: RFC 3339 cannot write others. */
const FIRST_SECOND = -62_135_596_800
const LAST_SECOND = 253_402_300_799
/** Days from 0001-01-01 to 1970-01-01 in the proleptic Gregorian calendar. */
const EPOCH_DAY = 719_162

/**
 * RFC 3339 (with `T`, `t` or a space) to microseconds since the epoch; undefined for anything else, for a time without
 * an offset, for an instant outside the years 0001 to 9999, and for digits beyond the microsecond that are not zero:
 * nothing is guessed or cut.
 */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const seconds = wholeSeconds(bytes, start, end)
  if (seconds === undefined) return undefined
  let at = start + 19
  let micros = 0
  if (bytes[at] === 0x2e && at < end) {
    let scale = 100_000
    const first = ++at
    for (; at < end && isDigit(bytes[at]!); at++) {
      const digit = bytes[at]! - 0x30
      if (scale < 1 && digit > 0) return undefined
      micros += digit * Math.floor(scale)
      scale /= 10
    }
    if (at === first) return undefined
  }
  const offset = offsetSeconds(bytes, at, end)
  if (offset === undefined) return undefined
  const utc = seconds - offset
  return utc < FIRST_SECOND || utc > LAST_SECOND ? undefined : BigInt(utc) * MICROS_PER_SECOND + BigInt(micros)
}

/** Seconds since the epoch of `YYYY-MM-DDTHH:MM:SS`, taken as UTC. */
function wholeSeconds(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < 20) return undefined
  const separator = bytes[start + 10]!
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return undefined
  if (separator !== 0x54 && separator !== 0x74 && separator !== 0x20) return undefined
  if (bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return undefined
  const year = number(bytes, start, 4)
  const month = number(bytes, start + 5, 2)
  const day = number(bytes, start + 8, 2)
  const hour = number(bytes, start + 11, 2)
  const minute = number(bytes, start + 14, 2)
  const second = number(bytes, start + 17, 2)
  return secondsOf(year, month, day, hour, minute, second)
}

/** Seconds since the epoch of a date and a time of day in UTC; undefined where the calendar has none such. */
export function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  return dayNumber(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second
}

function offsetSeconds(bytes: Uint8Array, at: number, end: number): number | undefined {
  const sign = bytes[at]
  if (end - at === 1) return sign === 0x5a || sign === 0x7a ? 0 : undefined
  if (end - at !== 6 || bytes[at + 3] !== 0x3a || (sign !== 0x2b && sign !== 0x2d)) return undefined
  const hours = number(bytes, at + 1, 2)
  const minutes = number(bytes, at + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return undefined
  return (sign === 0x2d ? -1 : 1) * (hours * 3600 + minutes * 60)
}

/** `digits` decimal digits as a number; NaN when one is none, which fails every comparison. */
function number(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    if (!isDigit(bytes[i]!)) return Number.NaN
    value = value * 10 + bytes[i]! - 0x30
  }
  return value
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

function dayNumber(year: number, month: number, day: number): number {
  const past = year - 1
  const days = past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400)
  const leapDay = month > 2 && isLeap(year) ? 1 : 0
  return days + DAYS_BEFORE_MONTH[month - 1]! + leapDay + day - 1 - EPOCH_DAY
}

/** Microseconds since the epoch as RFC 3339, UTC, with six digits. */
export function formatMicros(micros: bigint): string {
  const millis = micros / 1000n
  const rest = micros % 1000n
  const floor = rest < 0n ? { millis: millis - 1n, rest: rest + 1000n } : { millis, rest }
  const iso = new Date(Number(floor.millis)).toISOString()
  return `${iso.slice(0, -1)}${String(floor.rest).padStart(3, '0')}Z`
}
