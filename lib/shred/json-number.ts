import type { Cursor } from './cursor.ts'
import { longScaled, scaled } from './decimal.ts'

const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** What a JSON number is to Parquet. */
export type NumberKind = 'int' | 'wide_int' | 'double' | 'huge'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
/** A sum of digits that is below this was never rounded. */
const EXACT_LIMIT = 1e15
/** Digits beyond EXACT_LIMIT that are still counted one by one. */
const MAX_LOW_DIGITS = 4

/** Reads the number at the cursor; `number` (an `int` or a `double`) or `bigint` (a `wide_int`) is its value then. */
export function readNumber(cursor: Cursor): NumberKind {
  const { bytes, end } = cursor
  const start = cursor.at
  const negative = bytes[start] === MINUS
  let at = negative ? start + 1 : start
  // The value is (high · 10^lowDigits + low) · 10^exponent, as long as lowDigits is at most MAX_LOW_DIGITS.
  let high = 0
  let low = 0
  let lowDigits = 0
  let part = at
  let fraction = -1
  for (;;) {
    for (; at < end && isDigit(bytes[at]!); at++) {
      if (high < EXACT_LIMIT / 10) high = high * 10 + bytes[at]! - ZERO
      else if (lowDigits++ < MAX_LOW_DIGITS) low = low * 10 + bytes[at]! - ZERO
    }
    if (fraction >= 0) break
    if (at === part || (at > part + 1 && bytes[part] === ZERO)) throw cursor.malformed('a JSON value')
    if (at === end || bytes[at] !== DOT) break
    part = fraction = ++at
  }
  if (at === fraction) {
    cursor.at = at
    throw cursor.malformed('a digit after the decimal point')
  }
  cursor.at = at
  const hasExponent = at < end && (bytes[at]! | 0x20) === 0x65
  if (fraction < 0 && !hasExponent) return integer(cursor, start, negative, high, lowDigits)
  const exponent = (fraction < 0 ? 0 : fraction - at) + (hasExponent ? readExponent(cursor) : 0)
  const magnitude =
    lowDigits === 0
      ? scaled(high, exponent)
      : lowDigits <= MAX_LOW_DIGITS
        ? longScaled(high, low, lowDigits, exponent)
        : undefined
  if (magnitude === undefined) return slowDouble(cursor, start)
  cursor.number = negative ? -magnitude : magnitude
  return 'double'
}

/** Reads `e`, a sign and digits; beyond ±100,000 the value is that. */
function readExponent(cursor: Cursor): number {
  const { bytes, end } = cursor
  let at = cursor.at + 1
  const sign = bytes[at]
  if (at < end && (sign === MINUS || sign === PLUS)) at++
  const firstDigit = at
  let value = 0
  while (at < end && isDigit(bytes[at]!)) value = Math.min(value * 10 + bytes[at++]! - ZERO, 100_000)
  cursor.at = at
  if (at === firstDigit) throw cursor.malformed('a digit in the exponent')
  return sign === MINUS ? -value : value
}

function integer(cursor: Cursor, start: number, negative: boolean, magnitude: number, lowDigits: number): NumberKind {
  if (lowDigits === 0) {
    cursor.number = negative ? -magnitude : magnitude
    // −0 is no integer of int64.
    return negative && magnitude === 0 ? 'double' : 'int'
  }
  // Digits without end would take BigInt time that grows with their square.
  if (lowDigits > MAX_LOW_DIGITS) return 'huge'
  const value = BigInt(latin1(cursor, start))
  if (value < INT64_MIN || value > INT64_MAX) return 'huge'
  cursor.bigint = value
  cursor.number = Number(value)
  return Math.abs(cursor.number) <= 2 ** 53 && BigInt(cursor.number) === value ? 'int' : 'wide_int'
}

function slowDouble(cursor: Cursor, start: number): NumberKind {
  cursor.number = Number(latin1(cursor, start))
  return Number.isFinite(cursor.number) ? 'double' : 'huge'
}

function latin1(cursor: Cursor, start: number): string {
  let text = ''
  for (let i = start; i < cursor.at; i++) text += String.fromCharCode(cursor.bytes[i]!)
  return text
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
