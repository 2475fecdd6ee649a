/*
 * Numbers as JSON text: the same as lib/export/number-text.ts writes.
 */

/** Writes a double that has no short decimal, as JavaScript does, to `at`. Returns its length. */
@external('js', 'writeAnyDouble')
declare function writeAnyDouble(at: usize, value: f64): i32

/** Decimals of at most 15 digits are all different doubles, so one that reads back as the double is its shortest. */
const MAX_DECIMAL: f64 = 1e15

export function writeInt64(at: usize, value: i64): usize {
  if (value >= 0) return writeDigits(at, <u64>value)
  store<u8>(at, 0x2d)
  return writeDigits(at + 1, <u64>(0 - value))
}

export function writeDouble(at: usize, value: f64): usize {
  const size = abs(value)
  if (!(size < MAX_DECIMAL)) return at + writeAnyDouble(at, value)
  if (trunc(size) == size) {
    const point = writeDigits(sign(at, value), <u64>size)
    store<u16>(point, 0x302e)
    return point + 2
  }
  const thousandths = nearest(size * 1e3)
  if (thousandths / 1e3 == size && thousandths < MAX_DECIMAL) return writeDecimal(sign(at, value), thousandths, 1_000, 3)
  const millionths = nearest(size * 1e6)
  if (millionths / 1e6 == size && millionths < MAX_DECIMAL) {
    return writeDecimal(sign(at, value), millionths, 1_000_000, 6)
  }
  return at + writeAnyDouble(at, value)
}

/** A minus for what is negative, −0 too. */
@inline
function sign(at: usize, value: f64): usize {
  store<u8>(at, 0x2d)
  return at + <usize>(reinterpret<u64>(value) >> 63)
}

/** `decimal / scale`, which has a fraction of at most `digits` digits. */
function writeDecimal(at: usize, decimal: f64, scale: u64, digits: i32): usize {
  const all = <u64>decimal
  const whole = all / scale
  let fraction = <u32>(all - whole * scale)
  let left = digits
  while (fraction % 10 == 0) {
    fraction /= 10
    left--
  }
  const point = writeDigits(at, whole)
  store<u8>(point, 0x2e)
  writePadded(point + 1, fraction, left)
  return point + 1 + left
}

function writeDigits(at: usize, value: u64): usize {
  if (value < 100_000_000) {
    const digits = countDigits(<u32>value)
    writePadded(at, <u32>value, digits)
    return at + digits
  }
  const high = value / 100_000_000
  const next = writeDigits(at, high)
  writePadded(next, <u32>(value - high * 100_000_000), 8)
  return next + 8
}

/** Of a number below 10^8. */
function countDigits(value: u32): i32 {
  if (value < 1_000) return value < 10 ? 1 : value < 100 ? 2 : 3
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6
  return value < 10_000_000 ? 7 : 8
}

/** The last `digits` digits. */
export function writePadded(at: usize, value: u32, digits: i32): void {
  let rest = value
  for (let i = digits - 1; i >= 0; i--) {
    const tenth = rest / 10
    store<u8>(at + i, 0x30 + rest - tenth * 10)
    rest = tenth
  }
}
