import { type EventTimeSetting, eventTimeOf } from '../event-time.ts'
import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import { parsePath } from '../path-pattern.ts'
import type { ByteDictionary } from '../shred/batch.ts'
import { type TimeReader, timeReader } from '../time/time-reader.ts'
import { formatMicros } from '../time/timestamp.ts'
import type { RowBatch } from './row-batch.ts'

/** Which kinds of columns a span may be of. */
export interface SpanKinds {
  readonly integers: readonly ColumnNode['kind'][]
  readonly times: readonly ColumnNode['kind'][]
}

/** The range of the values of one column, as rows pass by: an integer's, or microseconds since the epoch. */
export interface Span {
  add(batch: RowBatch): void
  /** Undefined before the first value. */
  range(): { readonly min: bigint; readonly max: bigint } | undefined
}

/**
 * Undefined where `path` is no column of one of `kinds` outside of lists and maps. Of those of `times` the values are read as
 * times, of others they are integers as they are.
 */
export function spanOf(
  root: RootNode,
  path: string,
  { integers, times: timeKinds }: SpanKinds,
  reader: TimeReader,
): Span | undefined {
  const node = nodeAt(root, path)
  const isRead = node !== undefined && timeKinds.includes(node.kind)
  if (node === undefined || (!isRead && !integers.includes(node.kind))) return undefined
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
      if (values.physical === 'INT64' && !isRead) for (let i = 0; i < values.count; i++) widen(values.values[i]!)
      if (values.physical === 'BOOLEAN' || !isRead) return
      if (values.physical !== 'BYTE_ARRAY') {
        for (let i = 0; i < values.count; i++) {
          const time = reader.text(String(values.values[i]))
          if (time !== undefined) widen(time.micros)
        }
        return
      }
      const { dictionary, ids, count } = values
      const times = read.get(dictionary) ?? timesOf(dictionary, reader)
      read.set(dictionary, times)
      for (let i = 0; i < count; i++) {
        const time = times[ids[i]!]
        if (time !== undefined) widen(time)
      }
    },
    range: () => (min === undefined || max === undefined ? undefined : { min, max }),
  }
}

function timesOf({ count, bytes, offsets }: ByteDictionary, reader: TimeReader): readonly (bigint | undefined)[] {
  return Array.from({ length: count }, (_, id) => reader.bytes(bytes, offsets[id]!, offsets[id + 1]!)?.micros)
}

function nodeAt(root: RootNode, path: string): ColumnNode | undefined {
  return parsePath(path).reduce<ColumnNode | undefined>((node, step) => {
    if (node?.kind !== 'struct' || step.kind !== 'name') return undefined
    return node.fields.find(({ name }) => name === step.name)
  }, root)
}

const EVENT_TIMES: SpanKinds = { integers: ['timestamp'], times: ['string', 'int64', 'double'] }

/** The range of event times in an export, for its meta file. */
export function eventTimeSpan(root: RootNode, setting: EventTimeSetting | undefined) {
  const eventTime = eventTimeOf(setting)
  const span = eventTime && spanOf(root, eventTime.column, EVENT_TIMES, timeReader(eventTime.form))
  return {
    add: (batch: RowBatch) => span?.add(batch),
    value() {
      const range = span?.range()
      if (range === undefined || eventTime === undefined) return null
      return { column: eventTime.column, min: formatMicros(range.min), max: formatMicros(range.max) }
    },
  }
}
