import type { Cell } from '../parquet/read-rows.ts'
import type { ColumnNode } from '../parquet/read-tree.ts'
import type { PathStep } from '../path-pattern.ts'

/** Every node that a path names. The values of a map are named by `*` alone: their keys are data, not columns. */
export function nodesAt(node: ColumnNode, path: readonly PathStep[]): readonly ColumnNode[] {
  const [step, ...rest] = path
  if (step === undefined) return [node]
  return inside(node, step).flatMap((child) => nodesAt(child, rest))
}

function inside(node: ColumnNode, step: PathStep): readonly ColumnNode[] {
  if (node.kind === 'list') return step.kind === 'element' ? [node.element] : []
  if (node.kind === 'map') return step.kind === 'any' ? [node.value] : []
  if (node.kind !== 'struct' || step.kind === 'element') return []
  return step.kind === 'any' ? node.fields : node.fields.filter(({ name }) => name === step.name)
}

/** A value found in a row; null where the row has a place for it but nothing there. */
export interface Found {
  readonly kind: ColumnNode['kind'] | 'missing'
  readonly cell: Cell
}

/**
 * Every value that a path names in one row. A name that is not there is one null; a list or map that is null or empty
 * holds nothing. A name may be a key of a map.
 */
export function valuesAt(node: ColumnNode, cell: Cell, path: readonly PathStep[]): readonly Found[] {
  const [step, ...rest] = path
  if (step === undefined) return [{ kind: node.kind, cell }]
  if (node.kind === 'struct' && step.kind !== 'element') {
    const cells = cell !== null && typeof cell === 'object' && 'struct' in cell ? cell.struct : []
    const found = node.fields.flatMap((field, i) =>
      step.kind === 'any' || step.name === field.name ? valuesAt(field, cells[i] ?? null, rest) : [],
    )
    return found.length > 0 || step.kind === 'any' || node.fields.some(({ name }) => name === step.name)
      ? found
      : [MISSING]
  }
  if (node.kind === 'list' && step.kind === 'element') {
    const cells = cell !== null && typeof cell === 'object' && 'list' in cell ? cell.list : []
    return cells.flatMap((entry) => valuesAt(node.element, entry, rest))
  }
  if (node.kind === 'map' && step.kind !== 'element') {
    const entries = cell !== null && typeof cell === 'object' && 'map' in cell ? cell.map : []
    const named = step.kind === 'any' ? entries : entries.filter(([key]) => key === step.name)
    return named.flatMap(([, value]) => valuesAt(node.value, value, rest))
  }
  return [MISSING]
}

const MISSING: Found = { kind: 'missing', cell: null }
