import { compareBounds } from '../parquet/compare-bounds.ts'
import type { Bound, Statistics } from '../parquet/read.ts'
import type { LeafColumn, LeafValues } from '../shred/batch.ts'

/** The smallest and the largest value of a chunk, in the order that Parquet gives the type; undefined without values. */
export interface Bounds {
  readonly min: Bound
  readonly max: Bound
}

export function boundsOf(values: LeafValues): Bounds | undefined {
  switch (values.physical) {
    case 'BOOLEAN': {
      const first = extremes(values.values.subarray(0, values.count))
      return first && { min: first.min === 1, max: first.max === 1 }
    }
    case 'INT64':
      return extremes(values.values.subarray(0, values.count))
    case 'DOUBLE':
      return extremes(values.values.subarray(0, values.count))
    case 'BYTE_ARRAY':
      return byteExtremes(values)
  }
}

function extremes<T extends number | bigint>(values: Iterable<T>): { readonly min: T; readonly max: T } | undefined {
  let found: { min: T; max: T } | undefined
  for (const value of values) {
    if (found === undefined) found = { min: value, max: value }
    else if (value < found.min) found.min = value
    else if (value > found.max) found.max = value
  }
  return found
}

/** Of the dictionary entries that are in use, as unsigned bytes. */
function byteExtremes({ ids, count, dictionary }: Extract<LeafValues, { physical: 'BYTE_ARRAY' }>): Bounds | undefined {
  if (count === 0) return undefined
  const { bytes, offsets } = dictionary
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const compare = (a: number, b: number) =>
    buffer.compare(buffer, offsets[b], offsets[b + 1], offsets[a], offsets[a + 1])
  const seen = new Uint8Array(dictionary.count)
  let min = ids[0]!
  let max = min
  for (let i = 0; i < count; i++) {
    const id = ids[i]!
    if (seen[id] === 1) continue
    seen[id] = 1
    if (compare(id, min) < 0) min = id
    if (compare(id, max) > 0) max = id
  }
  return { min: bytes.slice(offsets[min], offsets[min + 1]), max: bytes.slice(offsets[max], offsets[max + 1]) }
}

/** What a chunk's statistics say that its values do not; nothing where they agree, or where there are none. */
export function statisticsProblems(statistics: Statistics | undefined, column: LeafColumn): string[] {
  if (statistics === undefined) return []
  const { nullCount, min, max, minExact, maxExact } = statistics
  const bounds = boundsOf(column.values)
  const nulls = column.entries - column.values.count
  const problems: string[] = []
  if (nullCount !== undefined && nullCount !== nulls) problems.push(`null_count ${nullCount} of ${nulls}`)
  if (min !== undefined && !holds(min, bounds?.min, minExact, -1))
    problems.push(`min ${show(min)} of ${show(bounds?.min)}`)
  if (max !== undefined && !holds(max, bounds?.max, maxExact, 1))
    problems.push(`max ${show(max)} of ${show(bounds?.max)}`)
  return problems
}

/** An exact bound is a value; one that was cut short is beyond all values, in the direction of `sign`. */
function holds(bound: Bound, value: Bound | undefined, exact: boolean, sign: 1 | -1): boolean {
  if (value === undefined) return false
  const order = compareBounds(bound, value) * sign
  return exact ? order === 0 : order >= 0
}

function show(bound: Bound | undefined): string {
  if (!(bound instanceof Uint8Array)) return bound === undefined ? 'no value' : String(bound)
  return JSON.stringify(Buffer.from(bound.subarray(0, 40)).toString())
}
