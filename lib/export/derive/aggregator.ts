import type { BatchValues, Scalar } from './batch-values.ts'

/** Rows of a batch with their groups. */
export interface GroupedRows {
  readonly values: BatchValues
  readonly rows: number
  /** Per row. All are below `count`. */
  readonly groups: Uint32Array
  readonly count: number
}

/** One column of the result, for all groups. */
export interface Aggregator {
  add(rows: GroupedRows): void
  /** Once all rows have been added, of any group below the count. */
  result(group: number): Scalar
}

/** Makes `array` as long as there are groups. */
export function extend<T>(array: T[], count: number, value: T): void {
  while (array.length < count) array.push(value)
}
