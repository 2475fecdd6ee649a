import type { SchemaElement, Statistics } from 'hyparquet'
import { unconvertMinMax } from 'hyparquet-writer/src/unconvert.js'
import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import type { Leaf } from './schema.ts'

/** Byte strings in statistics are at most this long, so that a footer stays small whatever the values are. */
export const MAX_STATISTIC_BYTES = 64

const STRING: SchemaElement = { name: '', type: 'BYTE_ARRAY', converted_type: 'UTF8' }

/**
 * The footer's statistics of a chunk: nulls (entries without a value) and bounds in the column's order (parquet.thrift,
 * `ColumnOrder`: numbers by value, byte strings by unsigned bytes). Bounds of strings longer than 64 bytes are cut there,
 * the upper one rounded up, and marked as not exact; json has bounds only if both are that short, because a cut document is none.
 */
export function statisticsOf(leaf: Leaf, values: LeafValues, entries: number): Statistics {
  return { null_count: BigInt(entries - values.count), ...(values.count === 0 ? {} : bounds(leaf, values)) }
}

function bounds(leaf: Leaf, values: LeafValues): Statistics {
  switch (values.physical) {
    case 'BOOLEAN': {
      const present = values.values.subarray(0, values.count)
      return { min_value: !present.includes(0), max_value: present.includes(1) }
    }
    case 'INT64':
      return intBounds(values.values, values.count)
    case 'DOUBLE':
      return doubleBounds(values.values, values.count)
    case 'BYTE_ARRAY':
      return byteBounds(leaf, values.dictionary)
  }
}

/** Compares words, because a bigint per value would be an object per value. */
function intBounds(values: BigInt64Array, count: number): Statistics {
  const high = new Int32Array(values.buffer, values.byteOffset, count * 2)
  const low = new Uint32Array(values.buffer, values.byteOffset, count * 2)
  let min = 0
  let max = 0
  for (let i = 2; i < count * 2; i += 2) {
    const top = high[i + 1]!
    if (top < high[min + 1]! || (top === high[min + 1] && low[i]! < low[min]!)) min = i
    else if (top > high[max + 1]! || (top === high[max + 1] && low[i]! > low[max]!)) max = i
  }
  return { min_value: values[min / 2]!, max_value: values[max / 2]! }
}

function doubleBounds(values: Float64Array, count: number): Statistics {
  let min = values[0]!
  let max = min
  for (let i = 1; i < count; i++) {
    const value = values[i]!
    if (value < min) min = value
    else if (value > max) max = value
  }
  // parquet.thrift, ColumnOrder: a zero bound is written as -0 below and +0 above, since readers may tell them apart.
  return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max }
}

function byteBounds(leaf: Leaf, dictionary: ByteDictionary): Statistics {
  let min = 0
  let max = 0
  for (let id = 1; id < dictionary.count; id++) {
    if (compare(dictionary, id, min) < 0) min = id
    else if (compare(dictionary, id, max) > 0) max = id
  }
  const lowest = entryOf(dictionary, min)
  const highest = entryOf(dictionary, max)
  if (leaf.kind === 'string') return { ...lowerBound(lowest), ...upperBound(highest) }
  if (Math.max(lowest.length, highest.length) > MAX_STATISTIC_BYTES) return {}
  return { min_value: lowest, max_value: highest }
}

function lowerBound(bytes: Uint8Array): Statistics {
  const cut = unconvertMinMax(bytes, STRING, false, MAX_STATISTIC_BYTES)!
  return { min_value: cut, ...(cut.length === bytes.length ? {} : { is_min_value_exact: false }) }
}

/** None for a long string with no short one above it: one that begins with many U+10FFFF. */
function upperBound(bytes: Uint8Array): Statistics {
  if (bytes.length <= MAX_STATISTIC_BYTES) return { max_value: bytes }
  const raised = unconvertMinMax(bytes, STRING, true, MAX_STATISTIC_BYTES)!
  return raised === bytes ? {} : { max_value: raised, is_max_value_exact: false }
}

/** A copy: statistics live until the footer is written, and the shredder may use its arrays again. */
function entryOf({ bytes, offsets }: ByteDictionary, id: number): Uint8Array {
  return new Uint8Array(bytes.subarray(offsets[id]!, offsets[id + 1]!))
}

function compare({ bytes, offsets }: ByteDictionary, a: number, b: number): number {
  const startA = offsets[a]!
  const startB = offsets[b]!
  const lengthA = offsets[a + 1]! - startA
  const lengthB = offsets[b + 1]! - startB
  const length = Math.min(lengthA, lengthB)
  for (let i = 0; i < length; i++) {
    const difference = bytes[startA + i]! - bytes[startB + i]!
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}
