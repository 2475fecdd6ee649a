import type { RootNode } from '../../parquet/read-tree.ts'
import type { RowBatch } from '../row-batch.ts'

/** Rows to be read from the beginning, as often as needed but one reading at a time. */
export interface RowSource {
  /** The columns of every batch. */
  readonly root: RootNode
  batches(): AsyncIterable<RowBatch>
}

export interface DeriveOptions {
  /** An empty directory for this derivation alone, which the caller removes once the rows have been read. */
  readonly scratch: string
  /** Most rows of a batch. */
  readonly batchRows: number
  /** Takes each row for which a function failed, where `onError` is `reject`. */
  readonly reject: (row: RejectedRow) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

export interface RejectedRow {
  /** The sealed day, YYYY-MM-DD. */
  readonly day: string | undefined
  /** From 1, among the rows of that day that were chosen. */
  readonly row: number
  /** Which function, and what it threw or gave. */
  readonly reason: string
  /** The row as it was before the functions saw it: one JSON object, exact. */
  readonly json: string
}
