import type { RootNode } from '../../parquet/read-tree.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import type { RowBatch } from '../row-batch.ts'
import type { ColumnGroup } from './column-group.ts'
import { type ColumnCutter, columnCutter, rowRanges } from './cut-rows.ts'
import type { DatasetColumns } from './dataset-columns.ts'
import { type LeafTest, mayPass, passRows } from './leaf-test.ts'

/** What is chosen, in the terms of the dataset's leaves. */
export interface RowChoice {
  readonly dataset: DatasetColumns
  /** The export's columns, and per leaf of it which one of the dataset it is. */
  readonly root: RootNode
  readonly leaves: readonly number[]
  /** A row is selected when it meets all of them. */
  readonly tests: readonly LeafTest[]
  readonly batchRows: number
}

export interface RowCounts {
  /** Rows in the row groups that were not skipped. */
  readonly rowsRead: number
  readonly rowsSelected: number
  readonly rowGroups: number
  /** Of these, row groups that could not have a row: by their statistics, none of their data was read. */
  readonly rowGroupsSkipped: number
  /**
   * Of the rows read, those of which it cannot be told whether they are to be selected: they meet all other conditions, and
   * what they have in the column of times is none. They are not selected.
   */
  readonly rowsWithoutTime: number
  /** What the first of them has there. */
  readonly notATime: string | undefined
}

export const NO_ROWS: RowCounts = {
  rowsRead: 0,
  rowsSelected: 0,
  rowGroups: 0,
  rowGroupsSkipped: 0,
  rowsWithoutTime: 0,
  notATime: undefined,
}

/**
 * The selected rows of one group, at most `limit`. Conditions are looked at in their order; as soon as no row is left, no
 * more columns are read. Memory: the group's chosen columns, decoded.
 */
export async function* selectRows(
  choice: RowChoice,
  group: ColumnGroup,
  date: string,
  limit: number,
  onCount: (counts: Partial<RowCounts>) => void,
): AsyncGenerator<RowBatch> {
  const { root, leaves, tests, batchRows, dataset } = choice
  onCount({ rowGroups: 1 })
  if (group.rows === 0 || tests.some((test) => !mayPass(test, group.rangeOf(test.leaf)))) {
    return onCount({ rowGroupsSkipped: 1 })
  }
  onCount({ rowsRead: group.rows })
  const mask = await maskOf(tests, group, onCount)
  if (mask !== undefined && !mask.includes(1)) return
  const cutters: ColumnCutter[] = []
  for (const leaf of leaves) {
    cutters.push(columnCutter(await group.read(leaf), dataset.leaves[leaf]!.maxDefinition, mask))
  }
  for (const range of rowRanges(group.rows, mask, batchRows, limit)) {
    const columns: LeafColumn[] = cutters.map((cut) => cut(range))
    onCount({ rowsSelected: range.selected })
    yield { root, rows: range.selected, leaves: columns, date }
  }
}

/** A byte per row, 1 where it meets all tests; undefined without tests. */
async function maskOf(
  tests: readonly LeafTest[],
  group: ColumnGroup,
  onCount: (counts: Partial<RowCounts>) => void,
): Promise<Uint8Array | undefined> {
  let mask: Uint8Array | undefined
  // The rows of the mask, and those that would be in it if all times could be read.
  let possible: Uint8Array | undefined
  let notATime: string | undefined
  for (const test of tests) {
    const { rows, unread } = passRows(test, await group.read(test.leaf), group.rows)
    if (unread !== undefined || possible !== undefined) {
      const both = rows.slice()
      if (unread !== undefined) for (let row = 0; row < both.length; row++) both[row]! |= unread.rows[row]!
      possible = intersect(both, possible ?? mask)
      notATime ??= unread?.example
    }
    mask = intersect(rows, mask)
    if (!(possible ?? mask).includes(1)) break
  }
  if (possible !== undefined && mask !== undefined) {
    const rowsWithoutTime = countOnes(possible) - countOnes(mask)
    if (rowsWithoutTime > 0) onCount({ rowsWithoutTime, notATime })
  }
  return mask
}

/** In `rows`. */
function intersect(rows: Uint8Array, others: Uint8Array | undefined): Uint8Array {
  if (others !== undefined) for (let row = 0; row < rows.length; row++) rows[row]! &= others[row]!
  return rows
}

function countOnes(mask: Uint8Array): number {
  let count = 0
  for (let row = 0; row < mask.length; row++) count += mask[row]!
  return count
}
