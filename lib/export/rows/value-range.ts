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
  return values && !(min !== undefined && compare(value, min) < 0) && !(max !== undefined && compare(value, max) > 0)
}

/** Negative, zero or positive; NaN where the two are not of one type. */
export function compare(a: Bound, b: Bound): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) : Number.NaN
  }
  if (typeof a !== typeof b) return Number.NaN
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
}
