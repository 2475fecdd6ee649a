import type { ColumnNode } from '../parquet/read-tree.ts'
import type { LeafColumn } from '../shred/batch.ts'
import { addMixed, mix, storeMixed, TAGS } from './digest-mix.ts'

/**
 * The places of a batch at which a node of the tree may have a value: one per row, or per entry of the list or map that it
 * is in.
 */
export interface Places {
  readonly count: number
  /** Per place its row. */
  readonly rows: Uint32Array
  /** The hashes of their paths, four lanes each; one for all where `stride` is 0. */
  readonly paths: Int32Array
  readonly stride: 0 | 4
}

export function placesOfRows(count: number): Places {
  const rows = new Uint32Array(count)
  for (let row = 0; row < count; row++) rows[row] = row
  return { count, rows, paths: new Int32Array(4), stride: 0 }
}

/** The places with their paths one step longer. */
export function enterName(places: Places, name: Int32Array): Places {
  const paths = new Int32Array(places.paths.length)
  for (let at = 0; at < paths.length; at += 4) {
    mixWith(places.paths, at, name, 0)
    storeMixed(paths, at)
  }
  return { ...places, paths }
}

export function mixWith(paths: Int32Array, at: number, hashes: Int32Array, from: number): void {
  mix(
    paths[at]! + hashes[from]!,
    paths[at + 1]! + hashes[from + 1]!,
    paths[at + 2]! + hashes[from + 2]!,
    paths[at + 3]! + hashes[from + 3]!,
  )
}

/** As `mixWith` of `low`, `high`, `tag` and 0. */
export function mixNumber(paths: Int32Array, at: number, low: number, high: number, tag: number): void {
  mix(paths[at]! + low, paths[at + 1]! + high, paths[at + 2]! + tag, paths[at + 3]!)
}

/** The entries of a list or map: where each belongs, and which it is there. */
export interface Entries {
  readonly count: number
  /** Per entry the place of its list. */
  readonly places: Uint32Array
  readonly indexes: Uint32Array
}

/** Finds a node's entries, and adds the length of each of its lists that is there to its row. */
export function enterLists(node: ColumnNode, levels: LeafColumn, places: Places, rows: Int32Array): Entries {
  const { definition, repetition } = levels
  const entryPlaces = new Uint32Array(levels.entries)
  const indexes = new Uint32Array(levels.entries)
  let place = -1
  let count = 0
  let length = -1
  const endList = () => {
    if (length < 0) return
    mixNumber(places.paths, place * places.stride, length, 0, TAGS.length)
    addMixed(rows, places.rows[place]! * 4)
  }
  for (let i = 0; i < levels.entries; i++) {
    const level = definition[i]!
    const repeats = repetition![i]!
    if (level < node.slot || repeats > node.repetition + 1) continue
    if (repeats <= node.repetition) {
      endList()
      place++
      length = level < node.definition ? -1 : 0
    }
    if (level <= node.definition) continue
    entryPlaces[count] = place
    indexes[count++] = length++
  }
  endList()
  return { count, places: entryPlaces, indexes }
}

/** The places of a list's elements: each path ends with an index. */
export function enterElements({ count, places, indexes }: Entries, lists: Places): Places {
  const rows = new Uint32Array(count)
  const paths = new Int32Array(count * 4)
  for (let i = 0; i < count; i++) {
    const place = places[i]!
    rows[i] = lists.rows[place]!
    mixNumber(lists.paths, place * lists.stride, indexes[i]!, 0, TAGS.index)
    storeMixed(paths, i * 4)
  }
  return { count, rows, paths, stride: 4 }
}

/** The places of a map's values: each path ends with a key. */
export function enterKeys({ count, places }: Entries, maps: Places, keys: Uint32Array, hashes: Int32Array): Places {
  const rows = new Uint32Array(count)
  const paths = new Int32Array(count * 4)
  for (let i = 0; i < count; i++) {
    const place = places[i]!
    rows[i] = maps.rows[place]!
    mixWith(maps.paths, place * maps.stride, hashes, keys[i]! * 4)
    storeMixed(paths, i * 4)
  }
  return { count, rows, paths, stride: 4 }
}
