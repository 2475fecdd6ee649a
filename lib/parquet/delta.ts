import { bytesAt, encoder, fill, rooms } from './encoder.ts'

/** A block of so many differences takes at most so many bytes: its least one, four widths, and the differences as they are. */
const BLOCK_VALUES = 128
const BLOCK_BYTES = 10 + 4 + BLOCK_VALUES * 8
/** At most for what comes before the blocks. */
const HEAD_BYTES = 32

/**
 * DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding"): for integers that are near the ones before, such as times, counters
 * and ids. Good until something else is encoded.
 */
export function encodeDelta(values: BigInt64Array, start: number, end: number): Uint8Array {
  const part = values.subarray(start, end)
  const [from, to] = rooms(part.byteLength, HEAD_BYTES + Math.ceil(part.length / BLOCK_VALUES) * BLOCK_BYTES)
  fill(from, part)
  return bytesAt(to, encoder().encodeDelta(from, part.length, to))
}

/** Values are looked at so many at a time. */
const LOOK_VALUES = 2 ** 13

/** Whether the first `count` values take less than `size` bytes so. */
export function isDeltaBelow(values: BigInt64Array, count: number, size: number): boolean {
  let sum = 0
  for (let start = 0; start < count && sum < size; start += LOOK_VALUES) {
    sum += encodeDelta(values, start, Math.min(start + LOOK_VALUES, count)).length
  }
  return sum < size
}
