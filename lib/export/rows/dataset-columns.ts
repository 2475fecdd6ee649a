import { type ColumnNode, leavesOfTree, type ReadLeaf, type RootNode, schemaTree } from '../../parquet/read-tree.ts'
import { nameEmpty } from '../../shred/empty-names.ts'
import { type FieldJson, schemaFromJson } from '../../shred/schema-json.ts'
import { type Field, joinTypes, NULL, type Schema, type Type } from '../../shred/type.ts'

/** The columns of several days together, by the names that they have in the sealed files. */
export interface DatasetColumns {
  readonly root: RootNode
  /** In the order of the tree. */
  readonly leaves: readonly ReadLeaf[]
}

/**
 * A manifest's columns, known by their names: what was called otherwise in the source makes no difference to a reader. Days
 * that were sealed by earlier versions may have columns without a name: those have the one that they would have today.
 */
export function columnsOfDay(schema: readonly FieldJson[]): Schema {
  return byNames(nameEmpty(schemaFromJson(schema)))
}

/** The columns with their names as keys. */
export function byNames(schema: Schema): Schema {
  return schema.map(byName)
}

function byName({ name, type }: Field): Field {
  return { key: name, name, type: typeByName(type) }
}

function typeByName(type: Type): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: byNames(type.fields) }
    case 'list':
      return { kind: 'list', element: typeByName(type.element) }
    case 'map':
      return { kind: 'map', value: typeByName(type.value) }
    default:
      return type
  }
}

/** The least columns that hold the rows of all days, in the order in which days bring them. */
export function joinDays(days: readonly Schema[]): DatasetColumns {
  const joined = days.reduce<Type>((type, fields) => joinTypes(type, { kind: 'struct', fields }), NULL)
  return columnsOf(joined.kind === 'struct' ? joined.fields : [])
}

export function columnsOf(schema: Schema): DatasetColumns {
  const root = schemaTree(schema)
  return { root, leaves: leavesOfTree(root) }
}

/** The node as a type. Integers count as exact: nothing is joined to it any more. */
export function typeOf(node: ColumnNode): Type {
  switch (node.kind) {
    case 'struct':
      return { kind: 'struct', fields: fieldsOf(node.fields) }
    case 'list':
      return { kind: 'list', element: typeOf(node.element) }
    case 'map':
      return { kind: 'map', value: typeOf(node.value) }
    case 'int64':
      return { kind: 'int64', exact: true }
    default:
      return { kind: node.kind }
  }
}

export function fieldsOf(nodes: readonly ColumnNode[]): Schema {
  return nodes.map((node) => ({ key: node.name, name: node.name, type: typeOf(node) }))
}
