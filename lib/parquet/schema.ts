import type { SchemaElement } from 'hyparquet'
import { DaysealError } from '../errors.ts'
import type { Field, ScalarKind, Schema, Type } from '../shred/type.ts'

/*
 * What a schema is in Parquet. Every field is OPTIONAL; lists and maps have the standard three-level forms (Parquet
 * LogicalTypes.md, "Nested Types"). `leavesOf` and `schemaElements` walk a schema in the same depth-first order.
 */

export type PhysicalType = 'BOOLEAN' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY'

/** A leaf column: one chunk per row group. */
export interface Leaf {
  /** `path_in_schema`: the Parquet names, with those of the list and map groups. */
  readonly path: readonly string[]
  readonly kind: ScalarKind
  readonly physical: PhysicalType
  /** The definition level of a value that is not null, and how many lists and maps it is in. */
  readonly maxDefinition: number
  readonly maxRepetition: number
  /** The structs, lists and maps that it is in, outermost first. The root is not among them. */
  readonly ancestors: readonly Ancestor[]
  /**
   * Where the leaf is and what it holds: keys, names, the kinds of its ancestors and its own. Leaves of two schemas with
   * equal ids have interchangeable chunks. (Paths do not tell a list from a struct with the fields `list` and `element`.)
   * What a column with an empty key is called makes no difference: the columns beside it decide.
   */
  readonly id: string
}

/** A struct that is not null, or an entry (element, or key and value) of a list or map. */
export interface Ancestor {
  readonly id: string
  /** The levels with which it is there. */
  readonly definition: number
  readonly repetition: number
}

/** The row itself. */
export const ROOT: Ancestor = { id: '', definition: 0, repetition: 0 }

export const PHYSICAL: Readonly<Record<ScalarKind, PhysicalType>> = {
  bool: 'BOOLEAN',
  int64: 'INT64',
  double: 'DOUBLE',
  string: 'BYTE_ARRAY',
  json: 'BYTE_ARRAY',
  timestamp: 'INT64',
}

/**
 * The leaves in the order of `ColumnBatch.leaves`: depth first, a map's key before its values.
 * @throws DaysealError `usage` when fields of one struct share a name, `internal` for what Parquet cannot hold: a struct
 * without fields, and the type null.
 */
export function leavesOf(schema: Schema): readonly Leaf[] {
  return fieldLeaves(schema, { path: [], ancestors: [], parent: ROOT })
}

interface Place {
  readonly path: readonly string[]
  readonly ancestors: readonly Ancestor[]
  readonly parent: Ancestor
}

function fieldLeaves(fields: readonly Field[], place: Place): readonly Leaf[] {
  assertDistinct(fields, place.path)
  return fields.flatMap((field) => {
    const id = `${place.parent.id}.${JSON.stringify(field.key === '' ? [] : [field.key, field.name])}`
    return typeLeaves(field.type, { ...place, path: [...place.path, field.name] }, id)
  })
}

/** The leaves of a value whose parent is there at `place.parent`; the value itself is one optional level deeper. */
function typeLeaves(type: Type, place: Place, id: string): readonly Leaf[] {
  const { definition, repetition } = place.parent
  switch (type.kind) {
    case 'null':
      throw new DaysealError('internal', `column ${place.path.join('.')} has no type`)
    case 'struct': {
      const inside = enter(place, { id: `${id} struct`, definition: definition + 1, repetition })
      return fieldLeaves(type.fields, inside)
    }
    case 'list': {
      const entry = { id: `${id} list`, definition: definition + 2, repetition: repetition + 1 }
      return typeLeaves(type.element, enter(place, entry, 'list', 'element'), `${entry.id} element`)
    }
    case 'map': {
      const entry = { id: `${id} map`, definition: definition + 2, repetition: repetition + 1 }
      const key = enter(place, entry, 'key_value', 'key')
      const value = enter(place, entry, 'key_value', 'value')
      return [leaf('string', key, `${entry.id} key`, 0), ...typeLeaves(type.value, value, `${entry.id} value`)]
    }
    default:
      return [leaf(type.kind, place, id, 1)]
  }
}

function enter(place: Place, ancestor: Ancestor, ...names: readonly string[]): Place {
  return { path: [...place.path, ...names], ancestors: [...place.ancestors, ancestor], parent: ancestor }
}

function leaf(kind: ScalarKind, { path, ancestors, parent }: Place, id: string, optional: 0 | 1): Leaf {
  return {
    path,
    kind,
    physical: PHYSICAL[kind],
    maxDefinition: parent.definition + optional,
    maxRepetition: parent.repetition,
    ancestors,
    id: `${id} ${kind}`,
  }
}

function assertDistinct(fields: readonly Field[], path: readonly string[]): void {
  const where = path.length === 0 ? 'the row' : path.join('.')
  if (fields.length === 0) throw new DaysealError('internal', `${where} has no columns, which Parquet cannot hold`)
  const seen = new Set<string>()
  for (const { name } of fields) {
    if (seen.has(name)) {
      throw new DaysealError('usage', `two columns of ${where} have the name ${JSON.stringify(name)}`, {
        hint: 'rename one of them to something else',
      })
    }
    seen.add(name)
  }
}

/**
 * The footer's schema: the root, then every group and leaf in depth-first order. It does not tell json from string: the
 * key-value metadata does (`keyValuesOf`).
 */
export function schemaElements(schema: Schema): SchemaElement[] {
  return [{ name: 'schema', num_children: schema.length }, ...schema.flatMap(({ name, type }) => elements(name, type))]
}

function elements(name: string, type: Type): SchemaElement[] {
  const base = { name, repetition_type: 'OPTIONAL' } as const
  switch (type.kind) {
    case 'null':
      throw new DaysealError('internal', `column ${name} has no type`)
    case 'struct':
      return [
        { ...base, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elements(field.name, field.type)),
      ]
    case 'list':
      return [
        { ...base, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elements('element', type.element),
      ]
    case 'map':
      return [
        { ...base, num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        { ...scalarElement('string'), name: 'key', repetition_type: 'REQUIRED' },
        ...elements('value', type.value),
      ]
    default:
      return [{ ...base, ...scalarElement(type.kind) }]
  }
}

function scalarElement(kind: ScalarKind): Omit<SchemaElement, 'name'> {
  const type = PHYSICAL[kind]
  switch (kind) {
    case 'string':
    case 'json':
      return { type, converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    case 'timestamp':
      return {
        type,
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      }
    default:
      return { type }
  }
}
