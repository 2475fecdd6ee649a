import { byteView } from './byte-view.ts'
import { Column, type Physical } from './column.ts'
import type { Node, NodeTree } from './node.ts'
import { type Levels, siblingLevels } from './null-levels.ts'
import type { Schema, Type } from './type.ts'

const encoder = new TextEncoder()

const PHYSICAL: Readonly<Record<'bool' | 'int64' | 'double' | 'string' | 'json' | 'timestamp', Physical>> = {
  bool: 'BOOLEAN',
  int64: 'INT64',
  timestamp: 'INT64',
  double: 'DOUBLE',
  string: 'BYTE_ARRAY',
  json: 'BYTE_ARRAY',
}

/** Whether the columns of the open row group can become those of `schema`: new ones added, exact integers made doubles. */
export function canExtend(tree: NodeTree, schema: Schema): boolean {
  return canBecome(tree, tree.root, { kind: 'struct', fields: schema })
}

function canBecome(tree: NodeTree, node: Node, type: Type): boolean {
  if (node.plan === 'drop') return true
  if (node.plan === 'unborn') return !isClash(tree, node, type)
  if (node.plan === 'int64' && type.kind === 'double') return node.exact
  if (node.plan !== type.kind) return false
  if (type.kind === 'struct') {
    return type.fields.every((field) => canBecome(tree, childOf(tree, node, field.key), field.type))
  }
  if (type.kind === 'list') return canBecome(tree, tree.element(node), type.element)
  if (type.kind === 'map') return canBecome(tree, tree.values(node), type.value)
  return true
}

/** Whether kinds have clashed here. As json nothing more would be learnt of what is inside: that waits for the second pass. */
function isClash(tree: NodeTree, node: Node, type: Type): boolean {
  if (type.kind === 'json') return node.rule.as !== 'json'
  if (type.kind === 'struct')
    return type.fields.some((field) => isClash(tree, childOf(tree, node, field.key), field.type))
  if (type.kind === 'list') return isClash(tree, tree.element(node), type.element)
  return type.kind === 'map' && isClash(tree, tree.values(node), type.value)
}

/**
 * Gives every node its plan, levels and columns for `schema`. Between rows only. A column that is new in an open row group
 * gets the levels of the rows before it from a column that shares its nearest ancestor.
 */
export function planTree(tree: NodeTree, schema: Schema): void {
  extend(tree, tree.root, { kind: 'struct', fields: schema }, 0, 0)
  gather(tree.root)
}

function extend(tree: NodeTree, node: Node, type: Type, definition: number, repetition: number): void {
  node.definition = definition
  node.repetition = repetition
  switch (type.kind) {
    case 'null':
      if (node.rule.as === 'drop') node.plan = 'drop'
      return
    case 'struct':
      node.plan = 'struct'
      for (const field of type.fields) {
        extend(tree, childOf(tree, node, field.key), field.type, definition + 1, repetition)
      }
      for (const child of node.children) if (child.rule.as === 'drop') child.plan = 'drop'
      node.phantom = firstColumn(node) === undefined ? (node.phantom ?? phantomAt(tree, node)) : undefined
      return
    case 'list': {
      const element = tree.element(node)
      node.plan = 'list'
      extend(tree, element, type.element, definition + 2, repetition + 1)
      const bare = element.plan === 'unborn'
      if (bare) element.phantom ??= phantomAt(tree, element)
      else if (firstColumn(element) !== undefined) element.phantom = undefined
      node.phantom = undefined
      return
    }
    case 'map': {
      const values = tree.values(node)
      node.plan = 'map'
      // The key is there whenever the entry is: one level below the map.
      node.keyColumn ??= columnAt(tree, 'BYTE_ARRAY', definition + 1, repetition + 1, node)
      node.phantom = undefined
      extend(tree, values, type.value, definition + 2, repetition + 1)
      return
    }
    default:
      extendLeaf(tree, node, type)
  }
}

function extendLeaf(tree: NodeTree, node: Node, type: Extract<Type, { kind: keyof typeof PHYSICAL }>): void {
  if (node.plan === 'int64' && type.kind === 'double') node.column!.widenToDouble()
  node.column ??= columnAt(tree, PHYSICAL[type.kind], node.definition, node.repetition, node)
  node.phantom = undefined
  node.plan = type.kind
  if (type.kind === 'int64') node.exact = type.exact && !tree.strict
}

function phantomAt(tree: NodeTree, node: Node): Column {
  return columnAt(tree, undefined, node.definition, node.repetition, node)
}

/** A column that begins at `node`, with the levels of the rows so far. */
function columnAt(
  tree: NodeTree,
  physical: Physical | undefined,
  maxDefinition: number,
  maxRepetition: number,
  node: Node,
): Column {
  return new Column(tree.scanner, { physical, maxDefinition, maxRepetition }, inheritedLevels(node))
}

/** The levels of the rows so far for a column that begins at `node`; undefined when there is no row yet. */
function inheritedLevels(node: Node): Levels | undefined {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const column = at.phantom ?? firstColumn(at)
    if (column !== undefined) return siblingLevels(column.levels(), scopeOf(at))
  }
  return undefined
}

/** Down to where the columns below `node` share their levels: in a map the entry, which the key always has. */
function scopeOf(node: Node): { definition: number; repetition: number } {
  const { definition, repetition } = node
  return node.plan === 'map' ? { definition: definition + 1, repetition: repetition + 1 } : { definition, repetition }
}

function firstColumn(node: Node): Column | undefined {
  const own = node.column ?? node.keyColumn
  if (own !== undefined) return own
  for (const inside of plannedInside(node)) {
    const column = firstColumn(inside) ?? inside.phantom
    if (column !== undefined) return column
  }
  return undefined
}

/** Lists each node's columns, which are null together when the node is absent. */
function gather(node: Node): Column[] {
  const own = node.column ?? node.keyColumn
  const all = [...(own === undefined ? [] : [own]), ...plannedInside(node).flatMap(gather)]
  node.columns = all.length === 0 && node.phantom !== undefined ? [node.phantom] : all
  return node.columns
}

/** The nodes whose values are inside values of the planned kind; what was seen of other kinds does not count. */
function plannedInside(node: Node): readonly Node[] {
  if (node.plan === 'struct') return node.children
  if (node.plan === 'list') return [node.element!]
  return node.plan === 'map' ? [node.values!] : []
}

/** The leaf columns of a schema without empty paths, in the order of `ColumnBatch`. */
export function columnsOf(tree: NodeTree, schema: Schema): Column[] {
  return structColumns(tree, tree.root, schema)
}

function structColumns(tree: NodeTree, node: Node, schema: Schema): Column[] {
  return schema.flatMap((field) => typeColumns(tree, childOf(tree, node, field.key), field.type))
}

function typeColumns(tree: NodeTree, node: Node, type: Type): Column[] {
  if (type.kind === 'struct') return structColumns(tree, node, type.fields)
  if (type.kind === 'list') return typeColumns(tree, tree.element(node), type.element)
  if (type.kind === 'map') return [node.keyColumn!, ...typeColumns(tree, tree.values(node), type.value)]
  return [node.column!]
}

function childOf(tree: NodeTree, node: Node, key: string): Node {
  const bytes = encoder.encode(key)
  return tree.child(node, byteView(bytes), 0, bytes.length)
}

/** Everything that was seen below, whatever is planned. */
export function forEachBelow(node: Node, visit: (below: Node) => void): void {
  for (const child of node.children) visit(child)
  if (node.element !== undefined) visit(node.element)
  if (node.values !== undefined) visit(node.values)
}

/** Empties the columns of `node` and below for the next row group. */
export function clearColumns(node: Node): void {
  node.column?.clear()
  node.keyColumn?.clear()
  node.phantom?.clear()
  node.keyStamps = []
  forEachBelow(node, clearColumns)
}

/** Frees all columns for good, those too that no node has any more. */
export function dropColumns(tree: NodeTree): void {
  forgetColumns(tree.root)
  tree.scanner.wasm.freeColumns()
}

function forgetColumns(node: Node): void {
  node.column = undefined
  node.keyColumn = undefined
  node.phantom = undefined
  node.columns = undefined
  forEachBelow(node, forgetColumns)
}
