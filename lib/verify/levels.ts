import type { ColumnNode, ReadLeaf } from '../parquet/read-tree.ts'
import type { LeafColumn } from '../shred/batch.ts'

/*
 * What definition and repetition levels tell of a node, from the levels of any leaf under it (Dremel; Parquet format,
 * "Nested Encoding").
 */

/** Room for one count per repetition and definition level: [repetition × (maxDefinition + 1) + definition]. */
export function levelCounts(leaf: ReadLeaf): Float64Array {
  return new Float64Array((leaf.maxRepetition + 1) * (leaf.maxDefinition + 1))
}

/**
 * In how many of its places a node is null. Its places are the rows, or the entries of the nearest list or map around
 * it; a node inside a struct that is null is null.
 */
export function nullsOf(
  node: ColumnNode,
  leaf: ReadLeaf,
  levels: Float64Array,
): { readonly places: number; readonly nulls: number } {
  const end = leaf.maxDefinition + 1
  return {
    places: countBetween(node, leaf, levels, node.slot, end),
    nulls: countBetween(node, leaf, levels, node.slot, node.definition),
  }
}

/** In how many places a node is null although `outer`, a struct around it, is there. */
export function nullsInside(node: ColumnNode, outer: ColumnNode, leaf: ReadLeaf, levels: Float64Array): number {
  return countBetween(node, leaf, levels, Math.max(node.slot, outer.definition), node.definition)
}

function countBetween(node: ColumnNode, leaf: ReadLeaf, levels: Float64Array, from: number, to: number): number {
  const width = leaf.maxDefinition + 1
  let sum = 0
  for (let repetition = 0; repetition <= node.repetition; repetition++) {
    for (let definition = from; definition < to; definition++) sum += levels[repetition * width + definition]!
  }
  return sum
}

/** A fingerprint (FNV-1a) of where a node is null, empty or repeated, as one leaf under it tells. */
export function shapeOf(node: ColumnNode, column: LeafColumn): number {
  const { definition, repetition, entries } = column
  const repeats = node.kind === 'list' || node.kind === 'map' ? node.repetition + 1 : node.repetition
  const deepest = repeats > node.repetition ? node.definition + 1 : node.definition
  let hash = 0x811c9dc5
  for (let i = 0; i < entries; i++) {
    const level = repetition === undefined ? 0 : repetition[i]!
    if (level > repeats) continue
    hash = Math.imul(hash ^ level, 0x01000193)
    hash = Math.imul(hash ^ Math.min(definition[i]!, deepest), 0x01000193)
  }
  return hash
}
