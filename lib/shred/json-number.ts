import type { Cursor } from './cursor.ts'

const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** What a JSON number is to Parquet. */
export type NumberKind = 'int' | 'wide_int' | 'double' | 'huge'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
/** Powers of ten that a double holds exactly: a product or quotient with an integer below 2^53 rounds once, so rightly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** A sum of digits that is below this was never rounded. */
const EXACT_LIMIT = 1e15

/** Reads the number at the cursor; `number` (an `int` or a `double`) or `bigint` (a `wide_int`) is its value then. */
export function readNumber(cursor: Cursor): NumberKind {
  const { bytes, end } = cursor
  const start = cursor.at
  const negative = bytes[start] === MINUS
  let at = negative ? start + 1 : start
  let mantissa = 0
  const firstDigit = at
  while (at < end && isDigit(bytes[at]!)) mantissa = mantissa * 10 + bytes[at++]! - ZERO
  const digits = at - firstDigit
  if (digits === 0 || (digits > 1 && bytes[firstDigit] === ZERO)) throw cursor.malformed('a JSON value')
  let exponent = 0
  const whole = at === end || (bytes[at] !== DOT && (bytes[at]! | 0x20) !== 0x65)
  if (!whole && bytes[at] === DOT) {
    const firstFraction = ++at
    while (at < end && isDigit(bytes[at]!)) mantissa = mantissa * 10 + bytes[at++]! - ZERO
    exponent = firstFraction - at
    if (exponent === 0) throw cursor.malformed('a digit after the decimal point')
  }
  if (!whole && at < end && (bytes[at]! | 0x20) === 0x65) {
    const sign = bytes[++at]
    if (sign === MINUS || sign === PLUS) at++
    const firstExponent = at
    let value = 0
    while (at < end && isDigit(bytes[at]!)) value = Math.min(value * 10 + bytes[at++]! - ZERO, 100_000)
    if (at === firstExponent) throw cursor.malformed('a digit in the exponent')
    exponent += sign === MINUS ? -value : value
  }
  cursor.at = at
  if (whole) return integer(cursor, start, negative, mantissa)
  return double(cursor, start, negative, mantissa, exponent)
}

function integer(cursor: Cursor, start: number, negative: boolean, magnitude: number): NumberKind {
  if (magnitude < EXACT_LIMIT) {
    cursor.number = negative ? -magnitude : magnitude
    // −0 is no integer of int64.
    return negative && magnitude === 0 ? 'double' : 'int'
  }
  const value = BigInt(latin1(cursor, start))
  if (value < INT64_MIN || value > INT64_MAX) return 'huge'
  cursor.bigint = value
  cursor.number = Number(value)
  return Math.abs(cursor.number) <= 2 ** 53 && BigInt(cursor.number) === value ? 'int' : 'wide_int'
}

function double(cursor: Cursor, start: number, negative: boolean, mantissa: number, exponent: number): NumberKind {
  if (mantissa < EXACT_LIMIT && exponent >= -22 && exponent <= 22) {
    const value = exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!
    cursor.number = negative ? -value : value
    return 'double'
  }
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
