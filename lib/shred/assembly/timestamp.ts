/*
 * RFC 3339 as lib/time/time-reader.ts reads it, but for what is seldom: a comma before the fraction, a space before the
 * offset. What that refuses, or cannot hold exactly, is refused here too.
 */

const MICROS_PER_SECOND: i64 = 1000000
/** The years 0001 to 9999 in UTC. */
const FIRST_SECOND: i64 = -62135596800
const LAST_SECOND: i64 = 253402300799
/** Days from 0001-01-01 to 1970-01-01 in the proleptic Gregorian calendar. */
const EPOCH_DAY: i32 = 719162
const NONE: i32 = -1

const DAYS_BEFORE_MONTH = memory.data<i32>([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])

/** After `readTimestamp`: microseconds since the epoch. */
export let micros: i64 = 0

/** Whether [start, start + length) is an instant that microseconds hold. */
export function readTimestamp(start: usize, length: i32): bool {
  if (length < 20) return false
  const seconds = wholeSeconds(start)
  if (seconds == i64.MIN_VALUE) return false
  const end = start + length
  let at = start + 19
  let fraction: i32 = 0
  if (load<u8>(at) == 0x2e) {
    let scale = 100000
    const first = ++at
    while (at < end) {
      const digit = digitAt(at)
      if (digit == NONE) break
      if (scale == 0 && digit > 0) return false
      fraction += digit * scale
      scale /= 10
      at++
    }
    if (at == first) return false
  }
  const offset = offsetSeconds(at, <i32>(end - at))
  if (offset == i32.MIN_VALUE) return false
  const utc = seconds - offset
  if (utc < FIRST_SECOND || utc > LAST_SECOND) return false
  micros = utc * MICROS_PER_SECOND + fraction
  return true
}

/** Seconds since the epoch of `YYYY-MM-DDTHH:MM:SS`, taken as UTC; the least i64 when it is none. */
function wholeSeconds(start: usize): i64 {
  const separator = load<u8>(start, 10)
  if (load<u8>(start, 4) != 0x2d || load<u8>(start, 7) != 0x2d) return i64.MIN_VALUE
  if (separator != 0x54 && separator != 0x74 && separator != 0x20) return i64.MIN_VALUE
  if (load<u8>(start, 13) != 0x3a || load<u8>(start, 16) != 0x3a) return i64.MIN_VALUE
  const century = twoDigits(start)
  const yearOfCentury = twoDigits(start + 2)
  const month = twoDigits(start + 5)
  const day = twoDigits(start + 8)
  const hour = twoDigits(start + 11)
  const minute = twoDigits(start + 14)
  const second = twoDigits(start + 17)
  if (century < 0 || yearOfCentury < 0 || hour < 0 || minute < 0 || second < 0) return i64.MIN_VALUE
  const year = century * 100 + yearOfCentury
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return i64.MIN_VALUE
  if (hour > 23 || minute > 59 || second > 59) return i64.MIN_VALUE
  return <i64>dayNumber(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
}

/** Seconds east of UTC; the least i32 when it is no offset. */
function offsetSeconds(at: usize, length: i32): i32 {
  const sign = load<u8>(at)
  if (length == 1) return sign == 0x5a || sign == 0x7a ? 0 : i32.MIN_VALUE
  if (sign != 0x2b && sign != 0x2d) return i32.MIN_VALUE
  const colon = length == 6 && load<u8>(at, 3) == 0x3a
  if (!colon && length != 5 && length != 3) return i32.MIN_VALUE
  const hours = twoDigits(at + 1)
  const minutes = length == 3 ? 0 : twoDigits(at + (colon ? 4 : 3))
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return i32.MIN_VALUE
  const seconds = hours * 3600 + minutes * 60
  return sign == 0x2d ? -seconds : seconds
}

@inline
function digitAt(at: usize): i32 {
  const digit = <u32>load<u8>(at) - 0x30
  return digit < 10 ? <i32>digit : NONE
}

function twoDigits(at: usize): i32 {
  const tens = digitAt(at)
  const ones = digitAt(at + 1)
  return tens == NONE || ones == NONE ? NONE : tens * 10 + ones
}

function isLeap(year: i32): bool {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

function daysIn(year: i32, month: i32): i32 {
  if (month == 2) return isLeap(year) ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

function dayNumber(year: i32, month: i32, day: i32): i32 {
  const past = year - 1
  const days = past * 365 + past / 4 - past / 100 + past / 400
  const leapDay = month > 2 && isLeap(year) ? 1 : 0
  return days + load<i32>(DAYS_BEFORE_MONTH + (<usize>(month - 1) << 2)) + leapDay + day - 1 - EPOCH_DAY
}
