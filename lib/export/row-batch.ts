import type { RootNode } from '../parquet/read-tree.ts'
import type { LeafColumn } from '../shred/batch.ts'

/** Some rows of an export, as columns. All batches of one export have the same `root`. */
export interface RowBatch {
  /** The export's columns: chosen and renamed, in order. Its leaves are numbered as in `leaves`. */
  readonly root: RootNode
  /** Above 0. */
  readonly rows: number
  readonly leaves: readonly LeafColumn[]
  /** The sealed day, YYYY-MM-DD, that the rows come from; undefined for rows made of the rows of several days. */
  readonly date: string | undefined
}
