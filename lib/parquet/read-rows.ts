import type { LeafColumn, LeafValues } from '../shred/batch.ts'
import { type ColumnNode, corrupt, type ReadLeaf, type RootNode } from './read-tree.ts'

/**
 * A value read back. Its node says what it is: an int64 and a timestamp (microseconds since the epoch) are bigints, a
 * string and the text of a json value are strings. Struct cells are in the order of the node's fields.
 */
export type Cell = null | boolean | bigint | number | string | StructCell | ListCell | MapCell

export interface StructCell {
  readonly struct: readonly Cell[]
}
export interface ListCell {
  readonly list: readonly Cell[]
}
export interface MapCell {
  readonly map: readonly (readonly [key: string, value: Cell])[]
}

/** What one leaf holds of one row. */
export interface LeafRow {
  readonly definition: Uint8Array
  readonly repetition: Uint8Array | undefined
  /** The values that are not null. */
  readonly values: readonly Cell[]
}

/**
 * Cuts rows out of a decoded chunk, so that the chunk itself need not be kept.
 * @param rows ascending row numbers within the row group
 */
export function sliceRows(leaf: ReadLeaf, column: LeafColumn, rows: readonly number[]): LeafRow[] {
  const { definition, repetition, entries } = column
  const at = { row: 0, entry: 0, value: 0 }
  const passRow = () => {
    do {
      if (definition[at.entry] === leaf.maxDefinition) at.value++
      at.entry++
    } while (at.entry < entries && repetition !== undefined && repetition[at.entry] !== 0)
    at.row++
  }
  return rows.map((wanted) => {
    while (at.row < wanted) passRow()
    const { entry, value } = at
    passRow()
    return {
      definition: definition.slice(entry, at.entry),
      repetition: repetition?.slice(entry, at.entry),
      values: Array.from({ length: at.value - value }, (_, i) => cellAt(column.values, value + i)),
    }
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function cellAt(values: LeafValues, index: number): Cell {
  if (values.physical === 'BOOLEAN') return values.values[index] === 1
  if (values.physical !== 'BYTE_ARRAY') return values.values[index]!
  const { bytes, offsets } = values.dictionary
  const id = values.ids[index]!
  return utf8.decode(bytes.subarray(offsets[id], offsets[id + 1]))
}

/**
 * Builds one row from what its leaves hold of it.
 * @param leaves one per leaf of the file, in order
 * @throws DaysealError `corrupt` where leaves disagree on what is null, or on how many entries a list or map has
 */
export function assembleRow(root: RootNode, leaves: readonly LeafRow[]): StructCell {
  const cursor: Cursor = { leaves, entry: new Uint32Array(leaves.length), value: new Uint32Array(leaves.length) }
  const row = { struct: root.fields.map((field) => readCell(cursor, field, 0)) }
  for (const [index, leaf] of leaves.entries()) {
    if (cursor.entry[index] !== leaf.definition.length) throw disagree(root)
  }
  return row
}

interface Cursor {
  readonly leaves: readonly LeafRow[]
  readonly entry: Uint32Array
  readonly value: Uint32Array
}

/** `parent` is the definition level that is known to be reached. */
function readCell(cursor: Cursor, node: ColumnNode, parent: number): Cell {
  const level = levelAt(cursor, node.firstLeaf)
  if (level === undefined || level < parent) throw disagree(node)
  if (level < node.definition) return skipNull(cursor, node, level)
  switch (node.kind) {
    case 'struct':
      return { struct: node.fields.map((field) => readCell(cursor, field, node.definition)) }
    case 'list': {
      const { element } = node
      return { list: readEntries(cursor, node, level, () => readCell(cursor, element, element.slot)) }
    }
    case 'map': {
      const { key, value } = node
      return {
        map: readEntries(cursor, node, level, () => [readKey(cursor, key), readCell(cursor, value, value.slot)]),
      }
    }
    default: {
      cursor.entry[node.firstLeaf]!++
      return cursor.leaves[node.firstLeaf]!.values[cursor.value[node.firstLeaf]!++] ?? null
    }
  }
}

function readKey(cursor: Cursor, node: ColumnNode): string {
  const key = readCell(cursor, node, node.slot)
  if (typeof key !== 'string') throw disagree(node)
  return key
}

/** Entries of a list or map follow while the first leaf repeats at the node's own depth. */
function readEntries<T>(cursor: Cursor, node: ColumnNode, level: number, readEntry: () => T): T[] {
  if (level === node.definition) {
    skipNull(cursor, node, level)
    return []
  }
  const entries: T[] = []
  do {
    entries.push(readEntry())
    for (let leaf = node.firstLeaf; leaf < node.endLeaf; leaf++) {
      if (repetitionAt(cursor, leaf) !== repetitionAt(cursor, node.firstLeaf)) throw disagree(node)
    }
  } while (repetitionAt(cursor, node.firstLeaf) === node.repetition + 1)
  return entries
}

/** A null, or an empty list or map: one entry of the same level in each leaf. */
function skipNull(cursor: Cursor, node: ColumnNode, level: number): null {
  for (let leaf = node.firstLeaf; leaf < node.endLeaf; leaf++) {
    if (levelAt(cursor, leaf) !== level) throw disagree(node)
    cursor.entry[leaf]!++
  }
  return null
}

function levelAt(cursor: Cursor, leaf: number): number | undefined {
  return cursor.leaves[leaf]!.definition[cursor.entry[leaf]!]
}

/** The next entry's repetition level, cut to -1 at the end of the row. */
function repetitionAt(cursor: Cursor, leaf: number): number {
  const at = cursor.entry[leaf]!
  const { definition, repetition } = cursor.leaves[leaf]!
  if (at >= definition.length) return -1
  return repetition === undefined ? 0 : repetition[at]!
}

function disagree(node: ColumnNode) {
  return corrupt(
    `the leaves of ${JSON.stringify(node.name)} disagree on where it is null, empty or repeated`,
    'different levels',
    'equal ones',
  )
}
