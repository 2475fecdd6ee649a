import { compareBounds } from '../parquet/compare-bounds.ts'
import { type Bound, type Chunk, type FileBytes, type Footer, type RowGroup, readChunk } from '../parquet/read.ts'
import { assembleRow, type LeafRow, type StructCell, sliceRows } from '../parquet/read-rows.ts'
import type { ColumnNode, ReadLeaf } from '../parquet/read-tree.ts'
import { formatPath } from '../path-pattern.ts'
import type { LeafColumn } from '../shred/batch.ts'
import { attempt } from './attempt.ts'
import { type Bounds, boundsOf, statisticsProblems } from './bounds.ts'
import { levelCounts, shapeOf } from './levels.ts'

/** What one pass over all pages shows. */
export interface ScanFacts {
  /** Per leaf, in the footer's order. */
  readonly leaves: readonly LeafFacts[]
  /** Chunks that could not be decoded, and rows that could not be put together. */
  readonly unreadable: readonly string[]
  /** Leaves of one struct, list or map that disagree on where it is null, empty or repeated. */
  readonly disagreeing: readonly string[]
  /** Chunks whose statistics are not of their values. */
  readonly misstated: readonly string[]
  readonly chunks: number
}

export interface LeafFacts {
  /** How many level entries there are per repetition and definition level (`levelCounts`). */
  readonly levels: Float64Array
  readonly min: Bound | undefined
  readonly max: Bound | undefined
}

export interface ScanOptions {
  readonly file: FileBytes
  readonly footer: Footer
  /** Ascending row numbers of the file: the rows that `onRow` gets, in this order. */
  readonly sample: readonly number[]
  readonly onRow: (row: number, cells: StructCell) => Promise<void> | void
  /** Each decoded chunk; it is not kept. */
  readonly onChunk: (leaf: number, column: LeafColumn) => void
  readonly onProgress: (chunks: number) => void
  readonly signal: AbortSignal | undefined
}

interface MutableFacts extends ScanFacts {
  readonly leaves: LeafFacts[]
  readonly unreadable: string[]
  readonly disagreeing: string[]
  readonly misstated: string[]
  chunks: number
}

/**
 * Decodes every page of every column, one chunk at a time. What cannot be decoded is listed, never thrown. Memory: one
 * column chunk, and one row group's sampled rows.
 */
export async function scan(options: ScanOptions): Promise<ScanFacts> {
  const { footer, sample } = options
  const leaves = footer.leaves.map((leaf) => ({ levels: levelCounts(leaf), min: undefined, max: undefined }))
  const facts: MutableFacts = { leaves, unreadable: [], disagreeing: [], misstated: [], chunks: 0 }
  let firstRow = 0
  let next = 0
  for (const [index, group] of footer.groups.entries()) {
    const until = firstRow + group.rows
    let end = next
    while (end < sample.length && sample[end]! < until) end++
    await scanGroup(options, facts, index, group, firstRow, sample.slice(next, end))
    firstRow = until
    next = end
  }
  return facts
}

async function scanGroup(
  options: ScanOptions,
  facts: MutableFacts,
  index: number,
  group: RowGroup,
  firstRow: number,
  sample: readonly number[],
): Promise<void> {
  const { footer, onRow, signal } = options
  const within = sample.map((row) => row - firstRow)
  const shapes = new Map<ColumnNode, number>()
  const slices: LeafRow[][] = []
  for (const [at, leaf] of footer.leaves.entries()) {
    const where = `row group ${index}, ${formatPath(leaf.steps)}`
    const decoded = await attempt(() => scanChunk(options, leaf, group.chunks[at]!, group.rows, within), signal)
    options.onProgress(++facts.chunks)
    if (decoded.kind === 'broken') {
      facts.unreadable.push(`${where}: ${decoded.message}`)
      continue
    }
    const { column, rows } = decoded.value
    slices.push(rows)
    facts.leaves[at] = addTo(facts.leaves[at]!, leaf, column)
    facts.misstated.push(
      ...statisticsProblems(group.chunks[at]!.statistics, column).map((problem) => `${where}: ${problem}`),
    )
    if (!agrees(shapes, leaf, column)) facts.disagreeing.push(where)
    options.onChunk(at, column)
  }
  if (slices.length < footer.leaves.length) return
  for (const [i, row] of sample.entries()) {
    const cells = await attempt(() =>
      assembleRow(
        footer.root,
        slices.map((rows) => rows[i]!),
      ),
    )
    if (cells.kind === 'broken') facts.unreadable.push(`row ${row}: ${cells.message}`)
    else await onRow(row, cells.value)
  }
}

async function scanChunk(
  options: ScanOptions,
  leaf: ReadLeaf,
  chunk: Chunk,
  groupRows: number,
  rows: readonly number[],
) {
  const column = await readChunk(options.file, leaf, chunk, groupRows)
  return { column, rows: sliceRows(leaf, column, rows) }
}

function addTo(facts: LeafFacts, leaf: ReadLeaf, column: LeafColumn): LeafFacts {
  const { definition, repetition, entries } = column
  const { levels } = facts
  const width = leaf.maxDefinition + 1
  for (let i = 0; i < entries; i++) levels[(repetition?.[i] ?? 0) * width + definition[i]!]! += 1
  const bounds = boundsOf(column.values)
  return bounds === undefined ? facts : { levels, ...widen(facts, bounds) }
}

function widen({ min, max }: LeafFacts, bounds: Bounds): Bounds {
  return {
    min: min === undefined || compareBounds(bounds.min, min) < 0 ? bounds.min : min,
    max: max === undefined || compareBounds(bounds.max, max) > 0 ? bounds.max : max,
  }
}

/** Whether a leaf sees each node around it as the leaves before it did. `shapes` takes the first sight of each. */
function agrees(shapes: Map<ColumnNode, number>, leaf: ReadLeaf, column: LeafColumn): boolean {
  return leaf.ancestors.every((node) => {
    if (node.endLeaf - node.firstLeaf < 2) return true
    const shape = shapeOf(node, column)
    const known = shapes.get(node)
    if (known === undefined) shapes.set(node, shape)
    return known === undefined || known === shape
  })
}
