import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import { parsePath } from '../path-pattern.ts'
import { formatMicros, parseTimestamp } from '../shred/timestamp.ts'
import type { RowBatch } from './row-batch.ts'

/** The range of the values of one column, as rows pass by: an integer's, or microseconds since the epoch. */
export interface Span {
  add(batch: RowBatch): void
  /** Undefined before the first value. */
  range(): { readonly min: bigint; readonly max: bigint } | undefined
}

/** Undefined where `path` is no column of timestamps, or of texts or (with `integers`) integers, outside of lists and maps. */
export function spanOf(root: RootNode, path: string, kinds: readonly ColumnNode['kind'][]): Span | undefined {
  const node = nodeAt(root, path)
  if (node === undefined || !kinds.includes(node.kind)) return undefined
  let min: bigint | undefined
  let max: bigint | undefined
  const widen = (value: bigint) => {
    if (min === undefined || value < min) min = value
    if (max === undefined || value > max) max = value
  }
  // Batches of one row group share a dictionary: each of its texts is read once.
  const read = new WeakMap<object, readonly (bigint | undefined)[]>()
  return {
    add({ leaves }) {
      const { values } = leaves[node.firstLeaf]!
      if (values.physical === 'INT64') for (let i = 0; i < values.count; i++) widen(values.values[i]!)
      if (values.physical !== 'BYTE_ARRAY') return
      const { dictionary, ids, count } = values
      const times = read.get(dictionary) ?? timesOf(dictionary)
      read.set(dictionary, times)
      for (let i = 0; i < count; i++) {
        const time = times[ids[i]!]
        if (time !== undefined) widen(time)
      }
    },
    range: () => (min === undefined || max === undefined ? undefined : { min, max }),
  }
}

function timesOf({
  count,
  bytes,
  offsets,
}: {
  readonly count: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}): readonly (bigint | undefined)[] {
  return Array.from({ length: count }, (_, id) => parseTimestamp(bytes, offsets[id]!, offsets[id + 1]!))
}

function nodeAt(root: RootNode, path: string): ColumnNode | undefined {
  return parsePath(path).reduce<ColumnNode | undefined>((node, step) => {
    if (node?.kind !== 'struct' || step.kind !== 'name') return undefined
    return node.fields.find(({ name }) => name === step.name)
  }, root)
}

/** The range of event times in an export, for its meta file. */
export function eventTimeSpan(root: RootNode, column: string | undefined) {
  const span = column === undefined ? undefined : spanOf(root, column, ['timestamp', 'string'])
  return {
    add: (batch: RowBatch) => span?.add(batch),
    value() {
      const range = span?.range()
      if (range === undefined || column === undefined) return null
      return { column, min: formatMicros(range.min), max: formatMicros(range.max) }
    },
  }
}
