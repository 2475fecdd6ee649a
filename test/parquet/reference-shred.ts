import type { ByteDictionary, ColumnBatch, LeafColumn, LeafValues } from '../../lib/shred/batch.ts'
import type { ScalarKind, Schema, Type } from '../../lib/shred/type.ts'

/*
 * Rows → columns the slow and plain way, as the Dremel paper has it, to have something to compare with. It shares no
 * code with lib/.
 */

/** int64 and timestamp: bigint. json: its text. Structs by key; a missing key is null. */
export type Value =
  | null
  | undefined
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Row
export interface Row {
  readonly [key: string]: Value
}

interface Column {
  readonly kind: ScalarKind
  readonly maxRepetition: number
  readonly definition: number[]
  readonly repetition: number[]
  readonly values: (boolean | bigint | number | string)[]
}

type Node =
  | { readonly kind: 'scalar'; readonly column: Column }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly key: string; readonly node: Node }[] }
  | { readonly kind: 'list'; readonly element: Node }
  | { readonly kind: 'map'; readonly key: Column; readonly value: Node }

export function shred(schema: Schema, rows: readonly Row[]): ColumnBatch {
  const columns: Column[] = []
  const root = nodeOf({ kind: 'struct', fields: schema }, 0, columns)
  for (const row of rows) write(root, row, { repetition: 0, definition: -1, depth: 0 })
  return { schema, rows: rows.length, leaves: columns.map(leafColumn) }
}

function nodeOf(type: Type, depth: number, columns: Column[]): Node {
  const column = (kind: ScalarKind): Column => {
    const made: Column = { kind, maxRepetition: depth, definition: [], repetition: [], values: [] }
    columns.push(made)
    return made
  }
  switch (type.kind) {
    case 'null':
      throw new Error('no such column')
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({ key: field.key, node: nodeOf(field.type, depth, columns) })),
      }
    case 'list':
      return { kind: 'list', element: nodeOf(type.element, depth + 1, columns) }
    case 'map': {
      const key: Column = { kind: 'string', maxRepetition: depth + 1, definition: [], repetition: [], values: [] }
      columns.push(key)
      return { kind: 'map', key, value: nodeOf(type.value, depth + 1, columns) }
    }
    default:
      return { kind: 'scalar', column: column(type.kind) }
  }
}

/** `repetition` of the first entry, `definition` of the parent, `depth` in lists and maps. */
interface At {
  readonly repetition: number
  readonly definition: number
  readonly depth: number
}

function write(node: Node, value: Value, at: At): void {
  if (value === null || value === undefined) {
    nothing(node, at.repetition, at.definition)
  } else if (node.kind === 'scalar') {
    put(node.column, at.repetition, at.definition + 1, value as string)
  } else if (node.kind === 'struct') {
    for (const { key, node: child } of node.fields) {
      write(child, (value as Row)[key], { ...at, definition: at.definition + 1 })
    }
  } else {
    writeEntries(node, node.kind === 'list' ? (value as Value[]) : [...(value as ReadonlyMap<string, Value>)], at)
  }
}

function writeEntries(node: Node & { kind: 'list' | 'map' }, entries: readonly Value[], at: At): void {
  if (entries.length === 0) nothing(node, at.repetition, at.definition + 1)
  for (const [i, item] of entries.entries()) {
    const repetition = i === 0 ? at.repetition : at.depth + 1
    const here = { repetition, definition: at.definition + 2, depth: at.depth + 1 }
    if (node.kind === 'list') {
      write(node.element, item, here)
    } else {
      const [key, value] = item as [string, Value]
      put(node.key, repetition, here.definition, key)
      write(node.value, value, here)
    }
  }
}

function put(column: Column, repetition: number, definition: number, value?: string): void {
  column.repetition.push(repetition)
  column.definition.push(definition)
  if (value !== undefined) column.values.push(value)
}

/** A null, or an empty list or map: one entry in every leaf below. */
function nothing(node: Node, repetition: number, definition: number): void {
  if (node.kind === 'scalar') {
    put(node.column, repetition, definition)
  } else if (node.kind === 'struct') {
    for (const field of node.fields) nothing(field.node, repetition, definition)
  } else if (node.kind === 'list') {
    nothing(node.element, repetition, definition)
  } else {
    put(node.key, repetition, definition)
    nothing(node.value, repetition, definition)
  }
}

function leafColumn(column: Column): LeafColumn {
  return {
    entries: column.definition.length,
    definition: Uint8Array.from(column.definition),
    repetition: column.maxRepetition === 0 ? undefined : Uint8Array.from(column.repetition),
    values: leafValues(column),
  }
}

function leafValues({ kind, values }: Column): LeafValues {
  const count = values.length
  switch (kind) {
    case 'bool':
      return { physical: 'BOOLEAN', count, values: Uint8Array.from(values, (value) => (value ? 1 : 0)) }
    case 'int64':
    case 'timestamp':
      return { physical: 'INT64', count, values: BigInt64Array.from(values as bigint[]) }
    case 'double':
      return { physical: 'DOUBLE', count, values: Float64Array.from(values as number[]) }
    case 'string':
    case 'json':
      return { physical: 'BYTE_ARRAY', count, ...dictionaryOf(values as string[]) }
  }
}

function dictionaryOf(values: readonly string[]): { ids: Uint32Array; dictionary: ByteDictionary } {
  const distinct = [...new Set(values)]
  const idOf = new Map(distinct.map((value, id) => [value, id]))
  const encoded = distinct.map((value) => Buffer.from(value, 'utf8'))
  const offsets = new Uint32Array(distinct.length + 1)
  for (const [id, bytes] of encoded.entries()) offsets[id + 1] = offsets[id]! + bytes.length
  return {
    ids: Uint32Array.from(values, (value) => idOf.get(value)!),
    dictionary: { count: distinct.length, distinct: true, bytes: Buffer.concat(encoded), offsets },
  }
}
