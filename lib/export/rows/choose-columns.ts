import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { parsePath } from '../../path-pattern.ts'
import type { Field, Schema, Type } from '../../shred/type.ts'
import type { Selection } from '../settings.ts'
import { typeOf } from './dataset-columns.ts'
import { findColumns } from './find-column.ts'

/** The columns of an export. */
export interface ChosenColumns {
  /** By their names in the export. */
  readonly schema: Schema
  /** Per leaf of `schema`, in its order, which leaf of the dataset it is. */
  readonly leaves: readonly number[]
}

/**
 * Which of the dataset's columns go in, in which order and under which names. A column inside structs, lists or maps
 * brings these along (a map its keys); what has no column left inside goes too.
 * @throws DaysealError `usage` for a path without a column, for two columns with one name, and when nothing is left
 */
export function chooseColumns(
  root: RootNode,
  { columns, exclude, rename }: Pick<Selection, 'columns' | 'exclude' | 'rename'>,
): ChosenColumns {
  const wanted = columns?.flatMap((path) => findColumns(root, path, 'columns')) ?? root.fields
  const unwanted = exclude.flatMap((path) => findColumns(root, path, 'exclude'))
  const names = new Map<ColumnNode, string>()
  for (const [path, name] of Object.entries(rename)) {
    if (parsePath(path).at(-1)?.kind !== 'name') {
      throw new DaysealError('usage', 'rename: only what has a name can be renamed', { seen: path, wanted: 'a column' })
    }
    for (const node of findColumns(root, path, 'rename')) names.set(node, name)
  }
  const isIn = new Uint8Array(root.endLeaf)
  for (const { firstLeaf, endLeaf } of wanted) isIn.fill(1, firstLeaf, endLeaf)
  for (const { firstLeaf, endLeaf } of unwanted) isIn.fill(0, firstLeaf, endLeaf)
  const chosen = chooseLeaves(root, isIn, inOrder(root, wanted), names)
  if (chosen.schema.length === 0) {
    throw new DaysealError('usage', 'no column is left for the export', {
      seen: `${exclude.length} excluded`,
      wanted: 'at least one column',
    })
  }
  return chosen
}

/**
 * The columns with the leaves that `isIn` marks. A map needs no mark on its keys.
 * @throws DaysealError `usage` for two columns with one name
 */
export function chooseLeaves(
  root: RootNode,
  isIn: Uint8Array,
  fields: readonly ColumnNode[] = root.fields,
  names: ReadonlyMap<ColumnNode, string> = new Map(),
): ChosenColumns {
  const chooser = { isIn, names, leaves: [] }
  return { schema: chooseFields(chooser, fields, 'the export'), leaves: chooser.leaves }
}

/** The top-level columns in the order in which what is inside them was first asked for. */
function inOrder(root: RootNode, wanted: readonly ColumnNode[]): readonly ColumnNode[] {
  return [
    ...new Set(
      wanted.map(
        (node) => root.fields.find((field) => field.firstLeaf <= node.firstLeaf && node.endLeaf <= field.endLeaf)!,
      ),
    ),
  ]
}

interface Chooser {
  readonly isIn: Uint8Array
  readonly names: ReadonlyMap<ColumnNode, string>
  readonly leaves: number[]
}

function chooseFields(chooser: Chooser, nodes: readonly ColumnNode[], where: string): Schema {
  const taken = new Map<string, string>()
  const fields: Field[] = []
  for (const node of nodes) {
    const type = chooseType(chooser, node)
    if (type === undefined) continue
    const name = chooser.names.get(node) ?? node.name
    const other = taken.get(name)
    if (other !== undefined) {
      throw new DaysealError('usage', `two columns of ${where} would be called ${JSON.stringify(name)}`, {
        seen: `${JSON.stringify(other)} and ${JSON.stringify(node.name)}`,
        wanted: 'different names',
      })
    }
    taken.set(name, node.name)
    fields.push({ key: name, name, type })
  }
  return fields
}

/** Undefined where nothing inside is chosen. */
function chooseType(chooser: Chooser, node: ColumnNode): Type | undefined {
  switch (node.kind) {
    case 'struct': {
      const fields = chooseFields(chooser, node.fields, JSON.stringify(node.name))
      return fields.length === 0 ? undefined : { kind: 'struct', fields }
    }
    case 'list': {
      const element = chooseType(chooser, node.element)
      return element && { kind: 'list', element }
    }
    case 'map': {
      const before = chooser.leaves.length
      chooser.leaves.push(node.key.firstLeaf)
      const value = chooseType(chooser, node.value)
      if (value === undefined) chooser.leaves.length = before
      return value && { kind: 'map', value }
    }
    default:
      if (chooser.isIn[node.firstLeaf] === 0) return undefined
      chooser.leaves.push(node.firstLeaf)
      return typeOf(node)
  }
}
