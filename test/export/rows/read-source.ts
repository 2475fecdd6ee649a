import { expect } from 'vitest'
import type { RowBatch } from '../../../lib/export/row-batch.ts'
import { type OpenRowsOptions, openRows, type RowSource } from '../../../lib/export/rows/open-rows.ts'
import { selectionSchema } from '../../../lib/export/settings.ts'
import { assembleRow, type Cell, sliceRows } from '../../../lib/parquet/read-rows.ts'
import { type ColumnNode, leavesOfTree } from '../../../lib/parquet/read-tree.ts'
import { storeOf, type WrittenDay } from './written-days.ts'

/** A row as it is read: structs and maps are entries, so that any name is one. */
export type PlainRow = unknown

export async function open(
  days: readonly WrittenDay[],
  selection: object = {},
  options: Partial<OpenRowsOptions> = {},
): Promise<RowSource> {
  return openRows({
    out: storeOf(days),
    generations: days.map(({ generation }) => generation),
    selection: selectionSchema.parse(selection),
    eventTime: undefined,
    batchRows: 1000,
    ...options,
  })
}

/** Every row of a source, put together by the reader that `verify` uses; the batches are looked at on the way. */
export async function rowsOfSource(source: RowSource, batchRows = 1000): Promise<PlainRow[]> {
  const rows: PlainRow[] = []
  for await (const batch of source.batches()) {
    expect(batch.root).toBe(source.root)
    expect(batch.rows).toBeGreaterThan(0)
    expect(batch.rows).toBeLessThanOrEqual(batchRows)
    rows.push(...rowsOfBatch(batch))
  }
  return rows
}

export function rowsOfBatch({ root, leaves, rows }: RowBatch): PlainRow[] {
  const numbers = Array.from({ length: rows }, (_, i) => i)
  const columns = leavesOfTree(root).map((leaf, i) => {
    const column = leaves[i]!
    expect(column.definition.length).toBeGreaterThanOrEqual(column.entries)
    return sliceRows(leaf, column, numbers)
  })
  expect(leaves).toHaveLength(columns.length)
  return numbers.map((row) =>
    plain(
      root,
      assembleRow(
        root,
        columns.map((column) => column[row]!),
      ),
    ),
  )
}

function plain(node: ColumnNode, cell: Cell): unknown {
  if (cell === null || typeof cell !== 'object') return cell
  if (node.kind === 'struct' && 'struct' in cell) {
    return Object.fromEntries(node.fields.map((field, i) => [field.name, plain(field, cell.struct[i]!)]))
  }
  if (node.kind === 'list' && 'list' in cell) return cell.list.map((item) => plain(node.element, item))
  if (node.kind === 'map' && 'map' in cell) {
    return new Map(cell.map.map(([key, value]) => [key, plain(node.value, value)]))
  }
  throw new Error(`${node.kind} holds something else`)
}
