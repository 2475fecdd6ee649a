import { DaysealError } from '../../errors.ts'
import { type RowGroup, readChunk } from '../../parquet/read.ts'
import type { ReadLeaf } from '../../parquet/read-tree.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import { type Levels, rootLevels, siblingLevels } from '../../shred/null-levels.ts'
import { type ColumnGroup, noValues } from './column-group.ts'
import type { DataFile } from './data-file.ts'
import type { LeafSource, Shared } from './day-plan.ts'
import { inRuns } from './object-bytes.ts'
import { ONLY_NULLS, rangeOf, UNKNOWN, type ValueRange, widenedRange } from './value-range.ts'

export interface FileGroupsOptions {
  readonly file: DataFile
  /** The dataset's leaves, and where each is in the file. */
  readonly leaves: readonly ReadLeaf[]
  readonly sources: readonly LeafSource[]
  /** The leaves of conditions: each is read on its own, because the others may not be read then. */
  readonly conditions: readonly number[]
  /** The others that are to be read. */
  readonly chosen: readonly number[]
}

/** The row groups of a day's file, in order. Memory of each: what was read of it, decoded. */
export function* fileGroups(options: FileGroupsOptions): Generator<ColumnGroup> {
  const { file, leaves, sources } = options
  const indexesOf = (wanted: readonly number[]) => {
    const places = wanted.map((leaf) => sources[leaf]!)
    return new Set(places.flatMap((source) => ('index' in source ? [source.index] : [])))
  }
  const first = indexesOf(options.conditions)
  const rest = new Set([...indexesOf(options.chosen)].filter((index) => !first.has(index)))
  const likely = new Set([...first, ...rest])
  for (const group of file.footer.groups) {
    const columns = groupReader(file, group, [...Array.from(first, (index) => new Set([index])), rest])
    const levelsFor = nullLevels(group, likely, columns)
    yield {
      rows: group.rows,
      rangeOf: (leaf) => rangeIn(group, sources[leaf]!),
      async read(leaf) {
        const source = sources[leaf]!
        switch (source.kind) {
          case 'same':
            return columns(source.index)
          case 'widened':
            return widen(await columns(source.index), leaves[leaf]!)
          case 'nulls':
            return { ...(await levelsFor(source.shared, leaves[leaf]!)), values: noValues(leaves[leaf]!.kind) }
          case 'clash':
            throw new DaysealError('internal', 'a column that clashes was read from the file')
        }
      },
    }
  }
}

function rangeIn(group: RowGroup, source: LeafSource): ValueRange {
  switch (source.kind) {
    case 'same':
      return rangeOf(group.chunks[source.index]!)
    case 'widened':
      return widenedRange(rangeOf(group.chunks[source.index]!))
    case 'nulls':
      return ONLY_NULLS
    case 'clash':
      return UNKNOWN
  }
}

type ColumnReader = (index: number) => Promise<LeafColumn>

/** Decodes each of the file's leaves at most once. Leaves of one of the sets are read together. */
function groupReader({ bytes, footer }: DataFile, group: RowGroup, sets: readonly ReadonlySet<number>[]): ColumnReader {
  const files = sets.map((indexes) => {
    const ranges = Array.from(indexes, (index) => group.chunks[index]!)
    return { indexes, bytes: inRuns(bytes, ranges) }
  })
  const known = new Map<number, LeafColumn>()
  return async (index) => {
    const found = known.get(index)
    if (found !== undefined) return found
    const file = files.find(({ indexes }) => indexes.has(index))?.bytes ?? bytes
    const column = await readChunk(file, footer.leaves[index]!, group.chunks[index]!, group.rows)
    known.set(index, column)
    return column
  }
}

/** The levels of missing leaves: those in one ancestor share them. Taken from a leaf that is read anyway, if there is one. */
function nullLevels(group: RowGroup, likely: ReadonlySet<number>, columns: ColumnReader) {
  const known = new Map<Shared, Levels>()
  return async (shared: Shared, leaf: ReadLeaf): Promise<Levels> => {
    const found = known.get(shared) ?? (await levelsIn(shared))
    known.set(shared, found)
    const repetition = leaf.maxRepetition === 0 ? undefined : (found.repetition ?? new Uint8Array(found.entries))
    return { ...found, repetition }
  }

  async function levelsIn(shared: Shared): Promise<Levels> {
    if (shared.endLeaf === shared.firstLeaf) return rootLevels(group.rows)
    const inside = Array.from({ length: shared.endLeaf - shared.firstLeaf }, (_, i) => shared.firstLeaf + i)
    const read = inside.filter((index) => likely.has(index))
    const size = (index: number) => group.chunks[index]!.end - group.chunks[index]!.start
    const smallest = (read.length > 0 ? read : inside).reduce((a, b) => (size(b) < size(a) ? b : a))
    return siblingLevels(await columns(smallest), shared)
  }
}

/** Integers as doubles. Only those that a double holds come here: the footer's statistics said so. */
function widen(column: LeafColumn, leaf: ReadLeaf): LeafColumn {
  if (column.values.physical !== 'INT64') throw new DaysealError('internal', 'only integers are widened')
  const { count, values } = column.values
  const doubles = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const integer = values[i]!
    doubles[i] = Number(integer)
    if (integer > 2n ** 53n || integer < -(2n ** 53n)) {
      throw new DaysealError('corrupt', `an integer of ${leaf.path.join('.')} is beyond its statistics`, {
        seen: String(integer),
        wanted: 'at most 2^53 in magnitude',
      })
    }
  }
  return { ...column, values: { physical: 'DOUBLE', count, values: doubles } }
}
