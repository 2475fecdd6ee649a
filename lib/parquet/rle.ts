import { bytesAt, encoder, fill, rooms } from './encoder.ts'

/*
 * The RLE / bit-packing hybrid of Parquet (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"), of typed arrays:
 * levels, dictionary ids, and (the packing alone) plain booleans. What comes out is good until something else is encoded.
 */

/** Values are at most this wide: a value and what is left of the ones before fit in 64 bits. */
export const MAX_BIT_WIDTH = 24

/** The bits that values of 0 … `max` need. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/** No encoding of `count` values is longer. Each run or group of 8 takes a header and at most `width` bytes. */
function maxHybridBytes(count: number, width: number): number {
  return Math.ceil(count / 8) * (width + 2) + 8
}

/** The bytes of `head`, then values[start, end): a run of 8 or more equal values as an RLE run, all else bit-packed. */
export function encodeHybrid(
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
  head: readonly number[] = [],
): Uint8Array {
  const part = values.subarray(start, end)
  const [from, to] = rooms(part.byteLength, head.length + maxHybridBytes(part.length, width))
  fill(from, part)
  fill(to, Uint8Array.from(head))
  const { encodeHybridBytes, encodeHybridWords } = encoder()
  const encode = part instanceof Uint8Array ? encodeHybridBytes : encodeHybridWords
  return bytesAt(to, encode(from, part.length, width, to + head.length))
}

/** Booleans of a byte each as bits, the lowest first. */
export function packBooleans(values: Uint8Array, start: number, end: number): Uint8Array {
  const part = values.subarray(start, end)
  const [from, to] = rooms(part.length, Math.ceil(part.length / 8))
  fill(from, part)
  return bytesAt(to, encoder().packBytes(from, part.length, 1, to))
}
