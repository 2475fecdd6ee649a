import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { findColumn } from '../rows/find-column.ts'
import type { ScalarNode } from '../scalar-text.ts'

/**
 * The column that an option of a format names, with one value per row.
 * @throws DaysealError `usage` when there is no such column, when it is of another kind, or inside a list or map
 */
export function scalarColumn(root: RootNode, path: string, option: string, kinds: readonly ScalarKind[]): ScalarNode {
  const node = findColumn(root, path, option)
  if (isScalar(node, kinds)) return node
  throw new DaysealError('usage', `${option}: the column ${path} cannot be used for this`, {
    seen: node.repetition > 0 ? `a ${node.kind} inside a list or map` : `a ${node.kind}`,
    wanted: `a ${kinds.join(' or ')}, outside of lists and maps`,
  })
}

/** Whether the node has one value per row, of one of these kinds. */
export function isScalar(node: ColumnNode, kinds: readonly ScalarKind[]): node is ScalarNode {
  return node.repetition === 0 && (kinds as readonly string[]).includes(node.kind)
}
