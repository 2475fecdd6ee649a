import type { ReadLeaf } from '../../parquet/read-tree.ts'
import { PHYSICAL } from '../../parquet/schema.ts'
import type { LeafColumn, LeafValues } from '../../shred/batch.ts'
import { rootLevels } from '../../shred/null-levels.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { ONLY_NULLS, type ValueRange } from './value-range.ts'

/** Some rows in a row, whose columns are read when they are asked for. Leaves are those of the dataset. */
export interface ColumnGroup {
  readonly rows: number
  /** What is known of a leaf without reading it. */
  rangeOf(leaf: number): ValueRange
  read(leaf: number): Promise<LeafColumn>
}

/** Rows in which everything is null. */
export function nullGroup(leaves: readonly ReadLeaf[], rows: number): ColumnGroup {
  return {
    rows,
    rangeOf: () => ONLY_NULLS,
    read: async (leaf) => {
      const { kind, maxRepetition } = leaves[leaf]!
      const levels = rootLevels(rows)
      const repetition = maxRepetition === 0 ? undefined : new Uint8Array(rows)
      return { ...levels, repetition, values: noValues(kind) }
    },
  }
}

export function noValues(kind: ScalarKind): LeafValues {
  const physical = PHYSICAL[kind]
  switch (physical) {
    case 'BOOLEAN':
      return { physical, count: 0, values: new Uint8Array() }
    case 'INT64':
      return { physical, count: 0, values: new BigInt64Array() }
    case 'DOUBLE':
      return { physical, count: 0, values: new Float64Array() }
    case 'BYTE_ARRAY':
      return {
        physical,
        count: 0,
        ids: new Uint32Array(),
        dictionary: { count: 0, distinct: true, bytes: new Uint8Array(), offsets: new Uint32Array(1) },
      }
  }
}
