import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { ScalarKind } from '../../shred/type.ts'
import type { TimeForm } from '../../time/time-form.ts'
import { describeForm, timeReader } from '../../time/time-reader.ts'
import type { ReadTime } from '../../time/written-time.ts'
import { LeafCursor } from '../leaf-cursor.ts'
import type { RowBatch } from '../row-batch.ts'
import type { ScalarNode } from '../scalar-text.ts'
import { scalarColumn } from './scalar-column.ts'

/** The times of a column, row after row. */
export interface TimeColumn {
  readonly node: ScalarNode
  load(batch: RowBatch): void
  /** Microseconds since the epoch, undefined where the column is null. @throws DaysealError `usage` for what is no time */
  next(): bigint | undefined
}

/** What a column of times may be. */
export const TIME_KINDS: readonly ScalarKind[] = ['timestamp', 'string', 'int64', 'double']

/** Of timestamps, or of texts and numbers that are times of the form. @throws DaysealError `usage` for any other column */
export function timeColumn(root: RootNode, path: string, form: TimeForm): TimeColumn {
  const node = scalarColumn(root, path, 'time', TIME_KINDS)
  const reader = timeReader(form)
  const cursor = new LeafCursor((dictionary) => dictionary)

  function timeAt(value: number): ReadTime | undefined {
    if (node.kind === 'double') return reader.text(String(cursor.doubles[value]))
    if (node.kind === 'int64') return reader.text(String(integerAt(cursor.words, value * 2)))
    const id = cursor.ids[value]!
    return reader.bytes(cursor.bytes, cursor.offsets[id]!, cursor.offsets[id + 1]!)
  }

  function textAt(value: number): string {
    if (node.kind === 'double') return String(cursor.doubles[value])
    if (node.kind === 'int64') return String(integerAt(cursor.words, value * 2))
    const id = cursor.ids[value]!
    const start = cursor.offsets[id]!
    const end = Math.min(cursor.offsets[id + 1]!, start + SHOWN_BYTES)
    return JSON.stringify(Buffer.from(cursor.bytes.subarray(start, end)).toString('utf8'))
  }

  return {
    node,
    load: (batch) => cursor.load(batch.leaves[node.firstLeaf]!),
    next() {
      if (cursor.definition[cursor.entry++]! < node.definition) return undefined
      const value = cursor.value++
      if (node.kind === 'timestamp') return integerAt(cursor.words, value * 2)
      const time = timeAt(value)
      if (time !== undefined) return time.micros
      throw new DaysealError('usage', `time: a row's ${path} is no time`, {
        seen: textAt(value),
        wanted: describeForm(form),
        hint: 'say how its times are written (timeForm), name another column, or leave such rows out',
      })
    },
  }
}

const SHOWN_BYTES = 60

function integerAt(words: Int32Array, at: number): bigint {
  return (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]! >>> 0)
}
