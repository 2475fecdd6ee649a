import type { SchemaElement } from 'hyparquet'
import * as z from 'zod'
import { DaysealError } from '../errors.ts'
import { formatPath, type PathStep } from '../path-pattern.ts'
import type { FieldJson, TypeJson } from '../shred/schema-json.ts'
import type { ScalarKind, Schema } from '../shred/type.ts'
import { fromKeyValues, JSON_COLUMNS, type KeyValueList, keyValuesOf, toKeyValues } from './key-values.ts'
import { schemaElements } from './schema.ts'

/*
 * The columns of a file as its footer tells them, with the Dremel levels that each node has there. Nothing here comes
 * from the writer: names, types and levels are the footer's own.
 */

/** A column, or a node inside one. The root is a struct with the levels of a row. */
export type ColumnNode = Place & Shape

interface Place {
  readonly name: string
  /** The definition level from which the node is not null. */
  readonly definition: number
  /** In how many lists and maps the node is: an entry with a higher repetition level repeats something inside it. */
  readonly repetition: number
  /** The definition level from which the nearest list or map around the node has an entry; 0 where there is none. */
  readonly slot: number
  /** The leaves under the node: [firstLeaf, endLeaf). */
  readonly firstLeaf: number
  readonly endLeaf: number
}

type Shape =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'struct'; readonly fields: readonly ColumnNode[] }
  | { readonly kind: 'list'; readonly element: ColumnNode }
  | { readonly kind: 'map'; readonly key: ColumnNode; readonly value: ColumnNode }

/** The row. */
export type RootNode = Extract<ColumnNode, { readonly kind: 'struct' }>

/** A leaf: one chunk per row group. */
export interface ReadLeaf {
  /** `path_in_schema`, with the names of the list and map groups. */
  readonly path: readonly string[]
  /** Where it is, as configurations write paths. The keys of a map have the steps of its values. */
  readonly steps: readonly PathStep[]
  readonly kind: ScalarKind
  readonly maxDefinition: number
  readonly maxRepetition: number
  /** The nodes around it, outermost first, without the root. */
  readonly ancestors: readonly ColumnNode[]
}

/** Levels are kept in bytes. */
const MAX_LEVEL = 255

export function corrupt(failed: string, seen: string, wanted: string): DaysealError {
  return new DaysealError('corrupt', failed, { seen, wanted })
}

/** Of a page's values, which should take `wanted` bytes. */
export function wrongSize(data: Uint8Array, wanted: number): DaysealError {
  return corrupt('a page has another size than its values', `${data.length} bytes`, String(wanted))
}

/** What of a footer tells its columns. */
export interface FooterColumns {
  /** Depth first (Parquet format `SchemaElement`). */
  readonly schema: readonly SchemaElement[]
  readonly key_value_metadata?: KeyValueList | undefined
}

/**
 * The columns of a file. Whether one is json is decided here alone: the key-value metadata names them, and in files of
 * earlier versions their logical type is JSON.
 * @throws DaysealError `corrupt` for what is not the standard form of a struct, LIST, MAP or one of the leaf types, and for
 * metadata that names other columns than the file has.
 */
export function readTree({ schema, key_value_metadata }: FooterColumns): RootNode {
  const root = treeOf(schema, NO_LEAVES)
  const marked = fromKeyValues(key_value_metadata)[JSON_COLUMNS]
  return marked === undefined ? root : treeOf(schema, leavesAt(root, readPaths(marked)))
}

/** The columns as a file of this schema has them. */
export function schemaTree(schema: Schema): RootNode {
  return readTree({ schema: schemaElements(schema), key_value_metadata: toKeyValues(keyValuesOf(schema)) })
}

const NO_LEAVES: ReadonlySet<number> = new Set()
const pathList = z.array(z.string())

function readPaths(text: string): readonly string[] {
  try {
    return pathList.parse(JSON.parse(text))
  } catch {
    throw corrupt(`the footer's ${JSON_COLUMNS} cannot be read`, text.slice(0, 200), 'a JSON array of paths')
  }
}

/** A map's key has the path of its value, which comes after it. */
function leavesAt(root: RootNode, paths: readonly string[]): ReadonlySet<number> {
  const places = new Map(leavesOfTree(root).map(({ steps }, leaf) => [formatPath(steps), leaf]))
  return new Set(
    paths.map((path) => {
      const leaf = places.get(path)
      if (leaf === undefined)
        throw corrupt(`the footer's ${JSON_COLUMNS} names no column`, path, 'the path of a column')
      return leaf
    }),
  )
}

function treeOf(elements: readonly SchemaElement[], jsonLeaves: ReadonlySet<number>): RootNode {
  const root = elements[0]
  if (root === undefined) throw corrupt('the footer has no schema', 'no elements', 'a root and its columns')
  const reader = { elements, jsonLeaves, next: 1, leaves: 0 }
  const levels = { definition: 0, repetition: 0, slot: 0 }
  const fields = readChildren(reader, root, levels)
  if (reader.next !== elements.length) {
    throw corrupt('the footer has schema elements outside of the tree', String(elements.length), String(reader.next))
  }
  return { name: root.name, ...levels, firstLeaf: 0, endLeaf: reader.leaves, kind: 'struct', fields }
}

interface Reader {
  readonly elements: readonly SchemaElement[]
  /** The leaves whose texts are JSON. */
  readonly jsonLeaves: ReadonlySet<number>
  next: number
  leaves: number
}

interface Around {
  readonly definition: number
  readonly repetition: number
  readonly slot: number
}

function readChildren(reader: Reader, group: SchemaElement, around: Around): ColumnNode[] {
  const children: ColumnNode[] = []
  for (let i = 0; i < (group.num_children ?? 0); i++) children.push(readNode(reader, around))
  return children
}

function readNode(reader: Reader, around: Around, wanted: 'OPTIONAL' | 'REQUIRED' = 'OPTIONAL'): ColumnNode {
  const element = take(reader)
  if (element.repetition_type !== wanted) throw malformed(element, `it is ${element.repetition_type}`)
  const own = { ...around, definition: around.definition + (wanted === 'OPTIONAL' ? 1 : 0) }
  if (own.definition >= MAX_LEVEL) throw malformed(element, `a definition level of ${own.definition}`)
  const firstLeaf = reader.leaves
  const shape = readShape(reader, element, own)
  return { name: element.name, ...own, firstLeaf, endLeaf: reader.leaves, ...shape }
}

function readShape(reader: Reader, element: SchemaElement, own: Around): Shape {
  if (element.type !== undefined) {
    return { kind: scalarKind(element, reader.jsonLeaves.has(reader.leaves++)) }
  }
  if ((element.num_children ?? 0) < 1) throw malformed(element, 'a group without children')
  const form = element.converted_type ?? element.logical_type?.type
  if (form !== 'LIST' && form !== 'MAP') return { kind: 'struct', fields: readChildren(reader, element, own) }
  const entry = take(reader)
  const wanted = form === 'LIST' ? ['list', 1] : ['key_value', 2]
  const seen = [entry.name, entry.num_children ?? 0]
  if (element.num_children !== 1 || entry.repetition_type !== 'REPEATED' || seen.join() !== wanted.join()) {
    throw malformed(element, `a ${form} of ${entry.repetition_type} ${seen.join(' of ')}`)
  }
  const level = own.definition + 1
  const inside = { definition: level, repetition: own.repetition + 1, slot: level }
  if (form === 'LIST') return { kind: 'list', element: named(element, 'element', readNode(reader, inside)) }
  const key = named(element, 'key', readNode(reader, inside, 'REQUIRED'))
  if (key.kind !== 'string') throw malformed(element, `a MAP whose keys are ${key.kind}`)
  return { kind: 'map', key, value: named(element, 'value', readNode(reader, inside)) }
}

function named(element: SchemaElement, name: string, node: ColumnNode): ColumnNode {
  if (node.name !== name) throw malformed(element, `${JSON.stringify(node.name)} in the place of ${name}`)
  return node
}

function take(reader: Reader): SchemaElement {
  const element = reader.elements[reader.next]
  if (element === undefined) {
    throw corrupt('the footer names more children than it has', `${reader.elements.length} elements`, 'a whole tree')
  }
  reader.next++
  return element
}

function scalarKind(element: SchemaElement, isJson: boolean): ScalarKind {
  const form = element.converted_type ?? element.logical_type?.type
  if (element.type === 'BYTE_ARRAY' && (form === 'UTF8' || form === 'STRING')) return isJson ? 'json' : 'string'
  if (element.type === 'BYTE_ARRAY' && form === 'JSON') return 'json'
  if (isJson) throw malformed(element, `the type ${[element.type, form].filter(Boolean).join(' ')} as JSON text`)
  if (element.type === 'BOOLEAN' && form === undefined) return 'bool'
  if (element.type === 'DOUBLE' && form === undefined) return 'double'
  if (element.type === 'INT64' && form === undefined) return 'int64'
  if (element.type === 'INT64' && isMicros(element)) return 'timestamp'
  throw malformed(element, `the type ${[element.type, form].filter(Boolean).join(' ')}`)
}

function isMicros({ converted_type, logical_type }: SchemaElement): boolean {
  if (logical_type === undefined) return converted_type === 'TIMESTAMP_MICROS'
  return logical_type.type === 'TIMESTAMP' && logical_type.unit === 'MICROS' && logical_type.isAdjustedToUTC
}

function malformed(element: SchemaElement, seen: string): DaysealError {
  return corrupt(
    `the footer's column ${JSON.stringify(element.name)} is malformed`,
    seen,
    'a column as Dayseal writes it',
  )
}

/** Every leaf, in the order of the chunks in a row group. */
export function leavesOfTree(root: RootNode): ReadLeaf[] {
  const row = { path: [], steps: [], ancestors: [] }
  return root.fields.flatMap((field) =>
    leavesUnder(field, enter(row, [field.name], { kind: 'name', name: field.name })),
  )
}

type Way = Pick<ReadLeaf, 'path' | 'steps' | 'ancestors'>

function enter({ path, steps, ancestors }: Way, names: readonly string[], step: PathStep, node?: ColumnNode): Way {
  return {
    path: [...path, ...names],
    steps: [...steps, step],
    ancestors: node === undefined ? ancestors : [...ancestors, node],
  }
}

function leavesUnder(node: ColumnNode, way: Way): ReadLeaf[] {
  switch (node.kind) {
    case 'struct':
      return node.fields.flatMap((field) => {
        return leavesUnder(field, enter(way, [field.name], { kind: 'name', name: field.name }, node))
      })
    case 'list':
      return leavesUnder(node.element, enter(way, ['list', 'element'], { kind: 'element' }, node))
    case 'map':
      return [
        ...leavesUnder(node.key, enter(way, ['key_value', 'key'], { kind: 'any' }, node)),
        ...leavesUnder(node.value, enter(way, ['key_value', 'value'], { kind: 'any' }, node)),
      ]
    default:
      return [{ ...way, kind: node.kind, maxDefinition: node.definition, maxRepetition: node.repetition }]
  }
}

/** The node as the manifest writes types. A footer does not tell `int64_wide` from `int64`. */
export function typeOfNode(node: ColumnNode): TypeJson {
  switch (node.kind) {
    case 'struct':
      return { struct: fieldsOfNode(node) }
    case 'list':
      return { list: typeOfNode(node.element) }
    case 'map':
      return { map: typeOfNode(node.value) }
    default:
      return node.kind
  }
}

export function fieldsOfNode(node: { readonly fields: readonly ColumnNode[] }): FieldJson[] {
  return node.fields.map((field) => ({ name: field.name, type: typeOfNode(field) }))
}
