import type { Leaf } from '../../parquet/schema.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import { GatheredColumn } from './gathered-column.ts'

/** Rows as columns. */
export interface SomeRows {
  readonly rows: number
  readonly leaves: readonly LeafColumn[]
}

/** Puts rows together. */
export interface GatheredRows {
  /** The arrays are free again when it resolves. */
  add(some: SomeRows): Promise<void>
  /** Hands on what is there, if there is anything. */
  flush(): Promise<void>
}

/** A row group of a usual size. */
const MAX_ROWS = 122_880

/**
 * Hands rows on as soon as they are `maxBytes` of columns, or as the next ones would make them more than 122,880.
 * Memory: `maxBytes` and the columns of one `add`; twice that while arrays grow.
 * @param take gets rows that stay as they are until it resolves
 */
export function gatherRows(
  leaves: readonly Leaf[],
  maxBytes: number,
  take: (some: SomeRows) => Promise<void>,
): GatheredRows {
  const columns = leaves.map((leaf) => new GatheredColumn(leaf))
  let rows = 0
  const flush = async () => {
    if (rows === 0) return
    await take({ rows, leaves: columns.map((column) => column.view()) })
    for (const column of columns) column.clear()
    rows = 0
  }
  return {
    async add(some) {
      if (rows + some.rows > MAX_ROWS) await flush()
      for (const [i, column] of columns.entries()) column.add(some.leaves[i]!)
      rows += some.rows
      if (columns.reduce((sum, { size }) => sum + size, 0) >= maxBytes) await flush()
    },
    flush,
  }
}
