import type { Schema } from './type.ts'

/**
 * One row group's worth of columns, as `lib/shred` hands them to `lib/parquet`. Leaves are in the order in which a
 * depth-first walk of `schema` meets them (a map gives its key leaf, then its value's leaves).
 */
export interface ColumnBatch {
  readonly schema: Schema
  readonly rows: number
  readonly leaves: readonly LeafColumn[]
}

/** A leaf column: Dremel levels, and its values without nulls. Arrays may be longer than their count; read no further. */
export interface LeafColumn {
  /** Level entries: one per value, null or empty ancestor. At least `rows`. */
  readonly entries: number
  /** Definition level per entry. */
  readonly definition: Uint8Array
  /** Repetition level per entry; undefined where the maximum is 0. */
  readonly repetition: Uint8Array | undefined
  readonly values: LeafValues
}

export type LeafValues =
  | { readonly physical: 'BOOLEAN'; readonly count: number; readonly values: Uint8Array }
  | { readonly physical: 'INT64'; readonly count: number; readonly values: BigInt64Array }
  | { readonly physical: 'DOUBLE'; readonly count: number; readonly values: Float64Array }
  | {
      readonly physical: 'BYTE_ARRAY'
      readonly count: number
      /** Per value its index in `dictionary`. */
      readonly ids: Uint32Array
      readonly dictionary: ByteDictionary
    }

/** Byte strings in order of first use. Entry i is `bytes[offsets[i] … offsets[i + 1])`. Every entry is in use. */
export interface ByteDictionary {
  readonly count: number
  /** Whether no two entries are equal. Where values hardly repeat, looking for equal ones is not worth the time. */
  readonly distinct: boolean
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}
