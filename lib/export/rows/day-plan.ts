import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'

/** Where the values of one of the dataset's leaves are in the file of one day. */
export type LeafSource =
  /** The file's leaf with this index. */
  | { readonly kind: 'same'; readonly index: number }
  /** The file's int64 with this index, as double. */
  | { readonly kind: 'widened'; readonly index: number }
  /** The day lacks it: null in all that there is of `shared`. */
  | { readonly kind: 'nulls'; readonly shared: Shared }
  /** The file has something of another kind there, whose values can only be had by way of JSON. */
  | { readonly kind: 'clash' }

/** The deepest struct, or entry of a list or map, around a missing leaf that the day has, with its leaves in the file. */
export interface Shared {
  readonly definition: number
  readonly repetition: number
  readonly firstLeaf: number
  readonly endLeaf: number
}

const ROW = { definition: 0, repetition: 0, firstLeaf: 0, endLeaf: 0 }

/** One source per leaf of the dataset. Columns are the same by their names; nodes of equal kinds have equal levels. */
export function planDay(dataset: RootNode, day: RootNode): readonly LeafSource[] {
  const sources: LeafSource[] = []
  planFields(sources, dataset.fields, day.fields, ROW)
  return sources
}

function planFields(
  sources: LeafSource[],
  wanted: readonly ColumnNode[],
  present: readonly ColumnNode[],
  shared: Shared,
): void {
  const byName = new Map(present.map((node) => [node.name, node]))
  for (const node of wanted) planNode(sources, node, byName.get(node.name), shared)
}

function planNode(sources: LeafSource[], node: ColumnNode, day: ColumnNode | undefined, shared: Shared): void {
  if (day === undefined) return all(sources, node, { kind: 'nulls', shared })
  if (node.kind === 'struct' && day.kind === 'struct') return planFields(sources, node.fields, day.fields, day)
  if (node.kind === 'list' && day.kind === 'list') return planNode(sources, node.element, day.element, entryOf(day))
  if (node.kind === 'map' && day.kind === 'map') {
    planNode(sources, node.key, day.key, entryOf(day))
    return planNode(sources, node.value, day.value, entryOf(day))
  }
  if (node.kind === 'double' && day.kind === 'int64') sources.push({ kind: 'widened', index: day.firstLeaf })
  else if (node.kind === day.kind) sources.push({ kind: 'same', index: day.firstLeaf })
  else all(sources, node, { kind: 'clash' })
}

function entryOf({ definition, repetition, firstLeaf, endLeaf }: ColumnNode): Shared {
  return { definition: definition + 1, repetition: repetition + 1, firstLeaf, endLeaf }
}

function all(sources: LeafSource[], { firstLeaf, endLeaf }: ColumnNode, source: LeafSource): void {
  for (let leaf = firstLeaf; leaf < endLeaf; leaf++) sources.push(source)
}
