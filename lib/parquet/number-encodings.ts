import type { LeafValues } from '../shred/batch.ts'
import { bytesAt, encoder, fill, rooms } from './encoder.ts'

/*
 * What Parquet has for numbers beside PLAIN and dictionaries. What comes out is good until something else is encoded.
 */

/** A block of so many differences takes at most so many bytes: its least one, four widths, and the differences as they are. */
const BLOCK_VALUES = 128
const BLOCK_BYTES = 10 + 4 + BLOCK_VALUES * 8
/** At most for what comes before the blocks. */
const HEAD_BYTES = 32

/** DELTA_BINARY_PACKED: for integers that are near the ones before, such as times, counters and ids. */
export function encodeDelta(values: BigInt64Array, start: number, end: number): Uint8Array {
  const part = values.subarray(start, end)
  const [from, to] = rooms(part.byteLength, HEAD_BYTES + Math.ceil(part.length / BLOCK_VALUES) * BLOCK_BYTES)
  fill(from, part)
  return bytesAt(to, encoder().encodeDelta(from, part.length, to))
}

/** Values are looked at so many at a time. */
const LOOK_VALUES = 2 ** 13

function isDeltaBelow(values: BigInt64Array, count: number, size: number): boolean {
  let sum = 0
  for (let start = 0; start < count && sum < size; start += LOOK_VALUES) {
    sum += encodeDelta(values, start, Math.min(start + LOOK_VALUES, count)).length
  }
  return sum < size
}

/** BYTE_STREAM_SPLIT: for measurements, of which the upper bytes are much alike and the lower ones are noise. */
export function encodeSplit(values: Float64Array, start: number, end: number): Uint8Array {
  const part = values.subarray(start, end)
  const [from, to] = rooms(part.byteLength, part.byteLength)
  fill(from, part)
  return bytesAt(to, encoder().encodeSplit(from, part.length, to))
}

/** How numbers may be encoded, apart from PLAIN and dictionaries. */
export type NumberEncoding = 'DELTA_BINARY_PACKED' | 'BYTE_STREAM_SPLIT'

export interface NumberWay {
  readonly encoding: NumberEncoding
  encode(start: number, end: number): Uint8Array
  /** Whether it may make a chunk smaller than `size` bytes, which it took in another way. */
  mayBeat(size: number): boolean
}

/** Bytes that compress to less than this in PLAIN repeat, and would no longer do so. */
const NOISY = 3 / 4

/** Of so many, one page may hold all, if they are in one row: its memory stays with the thread. */
const MOST_VALUES = 2 ** 21

/** Undefined for what is no number, and for too many. Memory: one page, twice. */
export function numberWay(values: LeafValues): NumberWay | undefined {
  if (values.count > MOST_VALUES) return undefined
  switch (values.physical) {
    case 'INT64':
      return {
        encoding: 'DELTA_BINARY_PACKED',
        encode: (start, end) => encodeDelta(values.values, start, end),
        // It hardly compresses any more.
        mayBeat: (size) => isDeltaBelow(values.values, values.count, size),
      }
    case 'DOUBLE':
      return {
        encoding: 'BYTE_STREAM_SPLIT',
        encode: (start, end) => encodeSplit(values.values, start, end),
        mayBeat: (size) => size > values.count * 8 * NOISY,
      }
    default:
      return undefined
  }
}
