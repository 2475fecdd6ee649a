import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import { bytesAt, encoder, fill, rooms } from './encoder.ts'
import { packBooleans } from './rle.ts'

/*
 * The PLAIN encoding (Encodings.md, "Plain"): numbers as they lie in memory (every machine that Node runs on here is
 * little-endian), booleans as bits, byte strings each after its length.
 */

/** values[start, end): a view of `values` where they are numbers, else good until something else is encoded. */
export function encodePlain(values: LeafValues, start: number, end: number): Uint8Array {
  switch (values.physical) {
    case 'BOOLEAN':
      return packBooleans(values.values, start, end)
    case 'INT64':
    case 'DOUBLE':
      return new Uint8Array(values.values.buffer, values.values.byteOffset + start * 8, (end - start) * 8)
    case 'BYTE_ARRAY':
      return encodeStrings(values.dictionary, values.ids.subarray(start, end))
  }
}

/** The entries of `dictionary` in order: a dictionary page, good until something else is encoded. */
export function encodeDictionary(dictionary: ByteDictionary): Uint8Array {
  const { count } = dictionary
  const { offsets, bytes } = entries(dictionary, 0, count)
  const [offsetsAt, stringsAt, out] = rooms(offsets.byteLength, bytes.length, dictionaryBytes(dictionary))
  fill(offsetsAt, offsets)
  fill(stringsAt, bytes)
  return bytesAt(out, encoder().listStrings(count, offsetsAt, stringsAt - offsets[0]!, out))
}

/** The size of what `encodeDictionary` gives. */
export function dictionaryBytes({ count, offsets }: ByteDictionary): number {
  return count * 4 + offsets[count]! - offsets[0]!
}

/** The size of all values in PLAIN. */
export function plainBytes(values: LeafValues): number {
  switch (values.physical) {
    case 'BOOLEAN':
      return Math.ceil(values.count / 8)
    case 'INT64':
    case 'DOUBLE':
      return values.count * 8
    case 'BYTE_ARRAY':
      return stringBytes(values.dictionary, values.ids.subarray(0, values.count))
  }
}

/** Entries [start, end) alone: their bytes begin at the first of the offsets. */
export function entries({ offsets, bytes }: ByteDictionary, start: number, end: number) {
  return { offsets: offsets.subarray(start, end + 1), bytes: bytes.subarray(offsets[start], offsets[end]) }
}

function stringBytes({ count, offsets }: ByteDictionary, ids: Uint32Array): number {
  const [idsAt, offsetsAt] = rooms(ids.byteLength, count * 4 + 4)
  fill(idsAt, ids)
  fill(offsetsAt, offsets.subarray(0, count + 1))
  return ids.length * 4 + encoder().lengthsOf(idsAt, ids.length, offsetsAt)
}

/** The size of the strings in PLAIN, and between which entries of the dictionary they lie. */
function extentOf({ offsets }: ByteDictionary, ids: Uint32Array) {
  let size = ids.length * 4
  let start = Number.POSITIVE_INFINITY
  let end = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    size += offsets[id + 1]! - offsets[id]!
    if (id < start) start = id
    if (id >= end) end = id + 1
  }
  return { size, start: Math.min(start, end), end }
}

function encodeStrings(dictionary: ByteDictionary, ids: Uint32Array): Uint8Array {
  const { size, start, end } = extentOf(dictionary, ids)
  const { offsets, bytes } = entries(dictionary, start, end)
  const [idsAt, offsetsAt, stringsAt, out] = rooms(ids.byteLength, offsets.byteLength, bytes.length, size)
  fill(idsAt, ids)
  fill(offsetsAt, offsets)
  fill(stringsAt, bytes)
  // Where the offset and the bytes of entry 0 would be: addresses are modulo 2^32.
  const zero = [offsetsAt - start * 4, stringsAt - offsets[0]!] as const
  return bytesAt(out, encoder().gatherStrings(idsAt, ids.length, ...zero, out))
}
