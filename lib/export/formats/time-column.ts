import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import { parseTimestamp } from '../../shred/timestamp.ts'
import { LeafCursor } from '../leaf-cursor.ts'
import type { RowBatch } from '../row-batch.ts'
import { scalarColumn } from './scalar-column.ts'

/** The times of a column, row after row. */
export interface TimeColumn {
  load(batch: RowBatch): void
  /** Microseconds since the epoch, undefined where the column is null. @throws DaysealError `usage` for a text that is no time */
  next(): bigint | undefined
}

/** Of timestamps, or of texts that are RFC 3339. @throws DaysealError `usage` for any other column */
export function timeColumn(root: RootNode, path: string): TimeColumn {
  const node = scalarColumn(root, path, 'time', ['timestamp', 'string'])
  const cursor = new LeafCursor((dictionary) => dictionary)
  return {
    load: (batch) => cursor.load(batch.leaves[node.firstLeaf]!),
    next() {
      if (cursor.definition[cursor.entry++]! < node.definition) return undefined
      const value = cursor.value++
      if (node.kind === 'timestamp') return microsOf(cursor.words, value * 2)
      const id = cursor.ids[value]!
      return parsed(path, cursor.bytes, cursor.offsets[id]!, cursor.offsets[id + 1]!)
    },
  }
}

function microsOf(words: Int32Array, at: number): bigint {
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]! >>> 0)
}

function parsed(path: string, bytes: Uint8Array, start: number, end: number): bigint {
  const micros = parseTimestamp(bytes, start, end)
  if (micros !== undefined) return micros
  throw new DaysealError('usage', `time: a row's ${path} is no time`, {
    seen: JSON.stringify(Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString('utf8')),
    wanted: 'RFC 3339 with an offset and at most microseconds',
    hint: 'name another column, or leave such rows out',
  })
}
