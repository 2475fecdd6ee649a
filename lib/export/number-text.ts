import { DaysealError } from '../errors.ts'
import type { ByteBuffer } from './byte-buffer.ts'

/* Numbers as JSON text. */

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e

const WORD = 2 ** 32
/** Of a number below 10^16 the digits left and right of here are small integers each. */
const HALF = 10 ** 8
/** Decimals of at most 15 digits are all different doubles, so one that reads back as the double is its shortest. */
const MAX_DECIMAL = 10 ** 15
const SCALES = [10 ** 3, 10 ** 6] as const

/** An int64 of two words, all digits. */
export function writeInt64(out: ByteBuffer, low: number, high: number): void {
  const value = high * WORD + (low >>> 0)
  if (!Number.isSafeInteger(value)) return out.ascii(String((BigInt(high) << 32n) | BigInt(low >>> 0)))
  out.reserve(17)
  if (value < 0) out.bytes[out.length++] = MINUS
  writeDigits(out, Math.abs(value))
}

/**
 * A double in the shortest form that reads back as the same, with `.0` where it would look like an integer: `5.0`,
 * `-0.0`, `1e+21`.
 * @throws DaysealError `corrupt` for NaN and the infinities, which JSON does not have and no sealed day holds.
 */
export function writeDouble(out: ByteBuffer, value: number): void {
  const size = Math.abs(value)
  if (!(size < MAX_DECIMAL)) return writeAnyDouble(out, value)
  out.reserve(24)
  if (Number.isInteger(value)) {
    if (value < 0 || Object.is(value, -0)) out.bytes[out.length++] = MINUS
    writeDigits(out, size)
    out.bytes[out.length++] = POINT
    out.bytes[out.length++] = ZERO
    return
  }
  for (const scale of SCALES) {
    const decimal = Math.round(size * scale)
    if (decimal < MAX_DECIMAL && decimal / scale === size) return writeDecimal(out, value < 0, decimal, scale)
  }
  writeAnyDouble(out, value)
}

function writeAnyDouble(out: ByteBuffer, value: number): void {
  out.ascii(doubleText(value))
}

/** What `writeDouble` writes, for the doubles that have no faster way. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) {
    throw new DaysealError('corrupt', 'a column has a number that JSON cannot hold', {
      seen: String(value),
      wanted: 'a finite double',
    })
  }
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** `decimal / scale`, which has a fraction. There is room. */
function writeDecimal(out: ByteBuffer, negative: boolean, decimal: number, scale: number): void {
  const { bytes } = out
  const whole = Math.floor(decimal / scale)
  let fraction = decimal - whole * scale
  let digits = scale === 1_000 ? 3 : 6
  while (fraction % 10 === 0) {
    fraction /= 10
    digits--
  }
  if (negative) bytes[out.length++] = MINUS
  writeDigits(out, whole)
  bytes[out.length++] = POINT
  writePadded(bytes, out.length, fraction, digits)
  out.length += digits
}

/** A whole number from 0 to 2^53, for which there is room. */
function writeDigits(out: ByteBuffer, value: number): void {
  if (value < HALF) {
    const digits = countDigits(value)
    writePadded(out.bytes, out.length, value, digits)
    out.length += digits
    return
  }
  const high = Math.floor(value / HALF)
  writeDigits(out, high)
  writePadded(out.bytes, out.length, value - high * HALF, 8)
  out.length += 8
}

/** Of a number below 10^8, or above that as far as 2^31. */
function countDigits(value: number): number {
  if (value < 1_000) return value < 10 ? 1 : value < 100 ? 2 : 3
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6
  return value < 10_000_000 ? 7 : 8
}

/** The last `digits` digits of a number below 2^31. */
export function writePadded(bytes: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value | 0
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0
    bytes[i] = ZERO + rest - tenth * 10
    rest = tenth
  }
}
