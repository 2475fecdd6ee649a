import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import type { ByteDictionary, LeafColumn, LeafValues } from '../shred/batch.ts'
import { addMixed, mix, mixBytes, storeMixed, TAGS } from './digest-mix.ts'
import {
  enterElements,
  enterKeys,
  enterLists,
  enterName,
  mixNumber,
  mixWith,
  type Places,
  placesOfRows,
} from './digest-places.ts'
import type { RowBatch } from './row-batch.ts'

/**
 * What rows hold, as 128 bits that depend neither on the order of rows or columns nor on the format they were kept in.
 *
 * All numbers are four lanes of 32 bits, and all sums are per lane, modulo 2^32. `mix` is that of `digest-mix.ts`. The
 * hash of a path or cell is made step by step: `H(root) = 0`, `H(path, step) = mix(H(path) + E(step))`, and a cell is a path
 * whose last step is a value. E is, with the tags of `digest-mix.ts`:
 * - of bytes (a column's name, a map's key, a string, a json value's text; UTF-8): begin with `(length, 0, tag, 0)`; for
 *   each 16 bytes, the last ones filled with zeros, as four little-endian words: `state = mix(state + words)`.
 * - of a number (a list's index from 0, a length, a bool as 0 or 1, an int64, a timestamp as microseconds since 1970, a
 *   double as its bits): `(low 32 bits, high 32 bits, tag, 0)`.
 *
 * The cells of a row are its values that are not null; for each list or map that is there its length (tag `length`); for
 * each entry of a map, below its key, a 0 of tag `entry`. So a null column, a column that is not there, a null struct and
 * one of nulls alone are the same, and an empty list is not null. A row is `mix(Σ cells + (0, 0, row, 0))`, the digest
 * the sum of the rows.
 */
export interface Digest {
  add(batch: RowBatch): void
  /** So far. */
  readonly rows: number
  /** So far: lane after lane, 32 hex digits. */
  value(): string
}

/** Memory: that of `rowHasher`. */
export function createDigest(root: RootNode): Digest {
  const hashRows = rowHasher(root)
  const sum = createSum()
  return {
    add: (batch) => sum.add(hashRows(batch)),
    get rows() {
      return sum.rows
    },
    value: sum.value,
  }
}

/** The sum of rows' hashes. */
export interface RowSum {
  /** Adds a batch's hashes, but for the rows with these numbers. */
  add(lanes: Int32Array, without?: readonly number[]): void
  readonly rows: number
  /** As `Digest` has it. */
  value(): string
}

export function createSum(): RowSum {
  const total = new Int32Array(4)
  let rows = 0
  return {
    add(lanes, without = []) {
      for (let at = 0; at < lanes.length; at++) total[at & 3]! += lanes[at]!
      for (const row of without) for (let lane = 0; lane < 4; lane++) total[lane]! -= lanes[row * 4 + lane]!
      rows += lanes.length / 4 - without.length
    },
    get rows() {
      return rows
    },
    value: () => Array.from(total, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join(''),
  }
}

/**
 * The hashes of rows, four lanes each. `root` may be some of the columns of the batches: then it is only these that count.
 * Memory: per row and per entry of lists and maps of one batch some 40 bytes, and the hashes of the dictionaries in use.
 */
export function rowHasher(root: RootNode): (batch: Pick<RowBatch, 'rows' | 'leaves'>) => Int32Array {
  const names = new Map<ColumnNode, Int32Array>()
  hashNames(root, names)
  const dictionaries = new WeakMap<ByteDictionary, Int32Array>()
  return ({ rows, leaves }) => {
    const lanes = new Int32Array(rows * 4)
    addNode({ leaves, names, lanes, dictionaries }, root, placesOfRows(rows))
    for (let at = 0; at < lanes.length; at += 4) {
      mix(lanes[at]!, lanes[at + 1]!, lanes[at + 2]! + TAGS.row, lanes[at + 3]!)
      storeMixed(lanes, at)
    }
    return lanes
  }
}

function hashNames(node: ColumnNode, names: Map<ColumnNode, Int32Array>): void {
  if (node.kind === 'list') hashNames(node.element, names)
  if (node.kind === 'map') hashNames(node.value, names)
  if (node.kind !== 'struct') return
  for (const field of node.fields) {
    names.set(field, hashName(field.name))
    hashNames(field, names)
  }
}

function hashName(name: string): Int32Array {
  const bytes = new TextEncoder().encode(name)
  const hash = new Int32Array(4)
  mixBytes(TAGS.name, new DataView(bytes.buffer), 0, bytes.length)
  storeMixed(hash, 0)
  return hash
}

interface Adding {
  readonly leaves: readonly LeafColumn[]
  readonly names: ReadonlyMap<ColumnNode, Int32Array>
  /** Per row the sum of its cells. */
  readonly lanes: Int32Array
  readonly dictionaries: WeakMap<ByteDictionary, Int32Array>
}

function addNode(adding: Adding, node: ColumnNode, places: Places): void {
  switch (node.kind) {
    case 'struct':
      for (const field of node.fields) addNode(adding, field, enterName(places, adding.names.get(field)!))
      return
    case 'list': {
      const entries = enterLists(node, adding.leaves[node.firstLeaf]!, places, adding.lanes)
      return addNode(adding, node.element, enterElements(entries, places))
    }
    case 'map':
      return addMap(adding, node, places)
    default:
      addValues(adding, node, places)
  }
}

function addMap(adding: Adding, node: Extract<ColumnNode, { kind: 'map' }>, places: Places): void {
  const keys = adding.leaves[node.firstLeaf]!
  const entries = enterLists(node, keys, places, adding.lanes)
  const { ids, dictionary } = keys.values as Strings
  const inside = enterKeys(entries, places, ids, hashesOf(adding, dictionary, TAGS.key))
  for (let i = 0; i < inside.count; i++) {
    mixNumber(inside.paths, i * 4, 0, 0, TAGS.entry)
    addMixed(adding.lanes, inside.rows[i]! * 4)
  }
  addNode(adding, node.value, inside)
}

type Leaf = Exclude<ColumnNode, { kind: 'struct' | 'list' | 'map' }>
type Strings = Extract<LeafValues, { physical: 'BYTE_ARRAY' }>

function addValues(adding: Adding, node: Leaf, places: Places): void {
  const column = adding.leaves[node.firstLeaf]!
  const { values } = column
  if (values.physical === 'BYTE_ARRAY') {
    const hashes = hashesOf(adding, values.dictionary, TAGS[node.kind])
    const once = places.stride === 0 && values.dictionary.count * 2 <= values.count
    const add = once ? addCells : addStrings
    return add(adding.lanes, node, places, column, values.ids, once ? cellsOf(places.paths, hashes) : hashes)
  }
  const { buffer, byteOffset, length } = values.values
  const words = values.physical === 'BOOLEAN' ? widened(values.values) : new Int32Array(buffer, byteOffset, length * 2)
  addNumbers(adding.lanes, node, places, column, words)
}

/** Each as 64 bits, the low word first. */
function widened(values: Uint8Array): Int32Array {
  const words = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) words[i * 2] = values[i]!
  return words
}

function addNumbers(lanes: Int32Array, node: Leaf, places: Places, column: LeafColumn, words: Int32Array): void {
  const { rows, paths, stride } = places
  const { definition, entries } = column
  const tag = TAGS[node.kind]
  let place = 0
  let value = 0
  for (let i = 0; i < entries; i++) {
    const level = definition[i]!
    if (level === node.definition) {
      mixNumber(paths, place * stride, words[value]!, words[value + 1]!, tag)
      addMixed(lanes, rows[place]! * 4)
      value += 2
    }
    if (level >= node.slot) place++
  }
}

type AddStrings = (
  lanes: Int32Array,
  node: Leaf,
  places: Places,
  column: LeafColumn,
  ids: Uint32Array,
  hashes: Int32Array,
) => void

const addStrings: AddStrings = (lanes, node, { rows, paths, stride }, { definition, entries }, ids, hashes) => {
  let place = 0
  let value = 0
  for (let i = 0; i < entries; i++) {
    const level = definition[i]!
    if (level === node.definition) {
      mixWith(paths, place * stride, hashes, ids[value++]! * 4)
      addMixed(lanes, rows[place]! * 4)
    }
    if (level >= node.slot) place++
  }
}

/** Strings that repeat, at one path: places are rows, and a cell is looked up. */
const addCells: AddStrings = (lanes, node, _, { definition, entries }, ids, cells) => {
  let value = 0
  for (let i = 0; i < entries; i++) {
    if (definition[i] !== node.definition) continue
    const from = ids[value++]! * 4
    const at = i * 4
    lanes[at] = lanes[at]! + cells[from]!
    lanes[at + 1] = lanes[at + 1]! + cells[from + 1]!
    lanes[at + 2] = lanes[at + 2]! + cells[from + 2]!
    lanes[at + 3] = lanes[at + 3]! + cells[from + 3]!
  }
}

/** What a cell of each value is at one path. */
function cellsOf(path: Int32Array, hashes: Int32Array): Int32Array {
  const cells = new Int32Array(hashes.length)
  for (let at = 0; at < cells.length; at += 4) {
    mixWith(path, 0, hashes, at)
    storeMixed(cells, at)
  }
  return cells
}

/** Of every entry, four lanes each. A dictionary belongs to one column, so it is hashed once. */
function hashesOf({ dictionaries }: Adding, dictionary: ByteDictionary, tag: number): Int32Array {
  const known = dictionaries.get(dictionary)
  if (known !== undefined) return known
  const { bytes, offsets, count } = dictionary
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const hashes = new Int32Array(count * 4)
  for (let i = 0; i < count; i++) {
    mixBytes(tag, view, offsets[i]!, offsets[i + 1]!)
    storeMixed(hashes, i * 4)
  }
  dictionaries.set(dictionary, hashes)
  return hashes
}
