import type { ColumnNode } from '../../parquet/read-tree.ts'
import { type LeafTest, passRows } from '../rows/leaf-test.ts'
import type { GroupedRows } from './aggregator.ts'
import type { ScalarNode } from './batch-values.ts'

/** A byte per row, 1 where it meets all conditions; undefined without one. */
export function passing(tests: readonly LeafTest[], { values, rows }: GroupedRows): Uint8Array | undefined {
  return tests
    .map((test) => passRows(test, values.batch!.leaves[test.leaf]!, rows).rows)
    .reduce<Uint8Array | undefined>(both, undefined)
}

export function both(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.map((byte, row) => byte & b[row]!)
}

/** A byte per row, 1 where the column, of whatever kind, is not null. */
export function presence({ firstLeaf, definition }: ColumnNode, { values, rows }: GroupedRows): Uint8Array {
  const leaf = values.batch!.leaves[firstLeaf]!
  const present = new Uint8Array(rows)
  let row = 0
  for (let entry = 0; entry < leaf.entries; entry++) {
    if (leaf.repetition === undefined || leaf.repetition[entry] === 0) {
      present[row++] = leaf.definition[entry]! >= definition ? 1 : 0
    }
  }
  return present
}

/** Calls `take` for each value that is not null, in rows that pass. */
export function eachValue(
  node: ScalarNode,
  where: readonly LeafTest[],
  rows: GroupedRows,
  take: (group: number, value: number | bigint) => void,
): void {
  const passed = passing(where, rows)
  const values = rows.values.of(node)
  for (let row = 0; row < rows.rows; row++) {
    const value = values[row]!
    if (value !== null && (passed === undefined || passed[row] === 1)) take(rows.groups[row]!, value as number | bigint)
  }
}
