import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import { packBits } from './rle.ts'
import { scratch } from './scratch.ts'

/*
 * The PLAIN encoding (Encodings.md, "Plain"): numbers as they lie in memory (every machine that Node runs on here is
 * little-endian), booleans as bits, byte strings each after its length.
 */

/** Bytes shorter than this are copied one by one: a call would cost more. */
const SHORT = 48

/** values[start, end): a view of `values` where they are numbers, else of memory that the next encoding overwrites. */
export function encodePlain(values: LeafValues, start: number, end: number): Uint8Array {
  switch (values.physical) {
    case 'BOOLEAN': {
      const out = scratch(Math.ceil((end - start) / 8))
      return out.subarray(0, packBits(values.values, start, end, 1, out, 0))
    }
    case 'INT64':
    case 'DOUBLE':
      return new Uint8Array(values.values.buffer, values.values.byteOffset + start * 8, (end - start) * 8)
    case 'BYTE_ARRAY':
      return encodeStrings(values.dictionary, values.ids, start, end)
  }
}

/** The entries of `dictionary` in order: a dictionary page, in memory that the next encoding overwrites. */
export function encodeDictionary(dictionary: ByteDictionary): Uint8Array {
  const out = scratch(dictionaryBytes(dictionary))
  let at = 0
  for (let id = 0; id < dictionary.count; id++) at = encodeString(dictionary, id, out, at)
  return out.subarray(0, at)
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
      return stringBytes(values.dictionary, values.ids, 0, values.count)
  }
}

function stringBytes({ offsets }: ByteDictionary, ids: Uint32Array, start: number, end: number): number {
  let size = (end - start) * 4
  for (let i = start; i < end; i++) {
    const id = ids[i]!
    size += offsets[id + 1]! - offsets[id]!
  }
  return size
}

function encodeStrings(dictionary: ByteDictionary, ids: Uint32Array, start: number, end: number): Uint8Array {
  const out = scratch(stringBytes(dictionary, ids, start, end))
  let at = 0
  for (let i = start; i < end; i++) at = encodeString(dictionary, ids[i]!, out, at)
  return out.subarray(0, at)
}

function encodeString({ bytes, offsets }: ByteDictionary, id: number, out: Uint8Array, at: number): number {
  const from = offsets[id]!
  const to = offsets[id + 1]!
  const length = to - from
  out[at] = length
  out[at + 1] = length >>> 8
  out[at + 2] = length >>> 16
  out[at + 3] = length >>> 24
  const start = at + 4
  if (length < SHORT) {
    for (let i = 0; i < length; i++) out[start + i] = bytes[from + i]!
  } else {
    out.set(bytes.subarray(from, to), start)
  }
  return start + length
}
