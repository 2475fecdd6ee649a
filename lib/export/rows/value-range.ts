import { compareBounds } from '../../parquet/compare-bounds.ts'
import type { Bound, Chunk } from '../../parquet/read.ts'

/** What is known of a leaf's values in some rows before they are read. */
export interface ValueRange {
  /** False only where it is sure that no entry is without a value. */
  readonly nulls: boolean
  /** False only where it is sure that no entry has one. */
  readonly values: boolean
  /** No value is below, none above; undefined where that is not known. They need not be values. */
  readonly min: Bound | undefined
  readonly max: Bound | undefined
}

export const UNKNOWN: ValueRange = { nulls: true, values: true, min: undefined, max: undefined }
export const ONLY_NULLS: ValueRange = { ...UNKNOWN, values: false }

/** A chunk's statistics (parquet.thrift, `Statistics`): bounds that are cut short still hold. */
export function rangeOf({ entries, statistics }: Chunk): ValueRange {
  if (statistics === undefined) return UNKNOWN
  const { nullCount, min, max } = statistics
  return { nulls: nullCount !== 0, values: nullCount === undefined || nullCount < entries, min, max }
}

/** The range of integers as that of doubles. */
export function widenedRange({ min, max, ...range }: ValueRange): ValueRange {
  return { ...range, min: toDouble(min), max: toDouble(max) }
}

function toDouble(bound: Bound | undefined): Bound | undefined {
  return typeof bound === 'bigint' ? Number(bound) : undefined
}

/** Whether `value` may be between the bounds. Those of another type say nothing. */
export function mayHold({ values, min, max }: ValueRange, value: Bound): boolean {
  return (
    values &&
    !(min !== undefined && compareBounds(value, min) < 0) &&
    !(max !== undefined && compareBounds(value, max) > 0)
  )
}
