import type { SchemaElement, Statistics } from 'hyparquet'
import { unconvertMinMax } from 'hyparquet-writer/src/unconvert.js'
import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import { encoder, fill, rooms } from './encoder.ts'
import { entries } from './plain.ts'
import type { Leaf } from './schema.ts'

/** Byte strings in statistics are at most this long, so that a footer stays small whatever the values are. */
export const MAX_STATISTIC_BYTES = 64

/** Values are handed over so many, and so many bytes, at a time. */
const BLOCK_VALUES = 2 ** 15
const BLOCK_BYTES = 2 ** 20

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

function intBounds(values: BigInt64Array, count: number): Statistics {
  const { minInteger, maxInteger } = encoder()
  let min = values[0]!
  let max = min
  eachBlock(values, count, (at, length) => {
    const [least, most] = [minInteger(at, length), maxInteger(at, length)]
    if (least < min) min = least
    if (most > max) max = most
  })
  return { min_value: min, max_value: max }
}

function doubleBounds(values: Float64Array, count: number): Statistics {
  const { minDouble, maxDouble } = encoder()
  let min = values[0]!
  let max = min
  eachBlock(values, count, (at, length) => {
    min = Math.min(min, minDouble(at, length))
    max = Math.max(max, maxDouble(at, length))
  })
  // parquet.thrift, ColumnOrder: a zero bound is written as -0 below and +0 above, since readers may tell them apart.
  return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max }
}

function eachBlock(
  values: BigInt64Array | Float64Array,
  count: number,
  take: (at: number, length: number) => void,
): void {
  const [at] = rooms(BLOCK_VALUES * 8)
  for (let start = 0; start < count; start += BLOCK_VALUES) {
    const block = values.subarray(start, Math.min(start + BLOCK_VALUES, count))
    fill(at, block)
    take(at, block.length)
  }
}

function byteBounds(leaf: Leaf, dictionary: ByteDictionary): Statistics {
  let min = 0
  let max = 0
  for (let start = 0; start < dictionary.count; ) {
    const end = blockEnd(dictionary, start)
    const { first, last } = blockBounds(dictionary, start, end)
    if (compare(dictionary, first, min) < 0) min = first
    if (compare(dictionary, last, max) > 0) max = last
    start = end
  }
  const lowest = entryOf(dictionary, min)
  const highest = entryOf(dictionary, max)
  if (leaf.kind === 'string') return { ...lowerBound(lowest), ...upperBound(highest) }
  if (Math.max(lowest.length, highest.length) > MAX_STATISTIC_BYTES) return {}
  return { min_value: lowest, max_value: highest }
}

/** The entries that come first and last of [start, end). */
function blockBounds(dictionary: ByteDictionary, start: number, end: number) {
  const { offsets, bytes } = entries(dictionary, start, end)
  const [offsetsAt, stringsAt] = rooms(offsets.byteLength, bytes.length)
  fill(offsetsAt, offsets)
  fill(stringsAt, bytes)
  const { findBounds, firstEntry, lastEntry } = encoder()
  findBounds(end - start, offsetsAt, stringsAt - offsets[0]!)
  return { first: start + firstEntry(), last: start + lastEntry() }
}

/** At least one entry beyond `start`. */
function blockEnd({ offsets, count }: ByteDictionary, start: number): number {
  const limit = offsets[start]! + BLOCK_BYTES
  let end = start + 1
  while (end < count && offsets[end + 1]! <= limit) end++
  return end
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
