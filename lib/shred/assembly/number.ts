/* JSON numbers. What is rare is left to the careful scanner: it then reads the line from its start. */

/** What `readNumber` found. */
export const UNSURE: i32 = 0
export const INT: i32 = 1
export const DOUBLE: i32 = 2
export const WIDE_INT: i32 = 3

/** After `readNumber`: the value of an INT (at most 2^53 in magnitude) or WIDE_INT (of int64), or of a DOUBLE. */
export let integer: i64 = 0
export let double: f64 = 0
/** After `readNumber`: the first byte behind it. */
export let numberEnd: usize = 0

const MAX_EXACT: u64 = 1 << 53
const MAX_INT64: u64 = 0x7fffffffffffffff
/** Digits that a u64 holds for sure. */
const MAX_DIGITS: i32 = 19

/** Beyond the error of a correction's own rounding: 2^-49. */
const DOUBT: f64 = 1.0 / 562949953421312.0

const POWERS_OF_TEN = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
])

@inline
function power(exponent: i32): f64 {
  return load<f64>(POWERS_OF_TEN + (<usize>exponent << 3))
}

@inline
function digitAt(at: usize): u32 {
  return <u32>load<u8>(at) - 0x30
}

/** Whether eight bytes are all digits: the upper halves are 3, and stay 3 with 6 added. */
@inline
function areDigits(bytes: u64): bool {
  return (
    (bytes & 0xf0f0f0f0f0f0f0f0) == 0x3030303030303030 &&
    ((bytes + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) == 0x3030303030303030
  )
}

/** The number that eight digits are, the first in the lowest byte: put together by two, by four, by eight. */
@inline
function eightDigits(bytes: u64): u64 {
  let value = bytes & 0x0f0f0f0f0f0f0f0f
  value = (value * 10 + (value >> 8)) & 0x00ff00ff00ff00ff
  value = (value * 100 + (value >> 16)) & 0x0000ffff0000ffff
  return (value * 10000 + (value >> 32)) & 0xffffffff
}

export function readNumber(start: usize): i32 {
  const negative = load<u8>(start) == 0x2d
  let at = negative ? start + 1 : start
  const first = at
  let digits: u64 = 0
  for (let digit = digitAt(at); digit < 10; digit = digitAt(++at)) digits = digits * 10 + digit
  const whole = <i32>(at - first)
  if (whole == 0 || whole > MAX_DIGITS || (whole > 1 && load<u8>(first) == 0x30)) return UNSURE
  let exponent = 0
  let count = whole
  const dot = load<u8>(at) == 0x2e
  if (dot) {
    const fraction = ++at
    for (let eight = load<u64>(at); areDigits(eight); eight = load<u64>(at)) {
      digits = digits * 100000000 + eightDigits(eight)
      at += 8
    }
    for (let digit = digitAt(at); digit < 10; digit = digitAt(++at)) digits = digits * 10 + digit
    const length = <i32>(at - fraction)
    if (length == 0) return UNSURE
    exponent = -length
    count += length
    // Zeros in front do not count as digits.
    if (load<u8>(first) == 0x30) {
      count--
      for (let zero = fraction; count > MAX_DIGITS && load<u8>(zero) == 0x30; zero++) count--
    }
    if (count > MAX_DIGITS) return UNSURE
  }
  const hasExponent = (load<u8>(at) | 0x20) == 0x65
  if (hasExponent) {
    const sign = load<u8>(++at)
    if (sign == 0x2d || sign == 0x2b) at++
    const from = at
    let value = 0
    for (let digit = digitAt(at); digit < 10 && value < 1000; digit = digitAt(++at)) value = value * 10 + <i32>digit
    if (at == from || value >= 1000) return UNSURE
    exponent += sign == 0x2d ? -value : value
  }
  numberEnd = at
  if (!dot && !hasExponent) {
    if (digits > MAX_INT64 || (negative && digits == 0)) return UNSURE
    integer = negative ? -(<i64>digits) : <i64>digits
    return digits > MAX_EXACT ? WIDE_INT : INT
  }
  const magnitude = digits < <u64>1000000000000000 ? scaled(<f64>digits, exponent) : longScaled(digits, exponent)
  if (isNaN(magnitude)) return UNSURE
  double = negative ? -magnitude : magnitude
  return DOUBLE
}

/** digits · 10^exponent for exact digits: one operation on exact numbers rounds once, so rightly (Clinger 1990). */
function scaled(digits: f64, exponent: i32): f64 {
  if (exponent >= 0) return exponent <= 22 ? digits * power(exponent) : NaN
  return exponent >= -22 ? digits / power(-exponent) : NaN
}

/**
 * As `longScaled` of lib/shred/decimal.ts, which says why it is right. The digits are the sum of two doubles: the nearest
 * one, and what is left.
 */
function longScaled(digits: u64, exponent: i32): f64 {
  if (exponent > 0 || exponent < -22) return NaN
  const top = <f64>digits
  const rest = <f64>(<i64>(digits - <u64>top))
  const divisor = power(-exponent)
  const quotient = top / divisor
  const back = quotient * divisor
  const correction = (top - back - productError(quotient, divisor, back) + rest) / divisor
  const value = quotient + correction * (1.0 + DOUBT)
  return value == quotient + correction * (1.0 - DOUBT) ? value : NaN
}

/** a · b − product, exactly, where product is a · b rounded (Dekker 1971). */
function productError(a: f64, b: f64, product: f64): f64 {
  const splitter: f64 = 134217729.0
  const scaledA = splitter * a
  const highA = scaledA - (scaledA - a)
  const lowA = a - highA
  const scaledB = splitter * b
  const highB = scaledB - (scaledB - b)
  const lowB = b - highB
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB
}
