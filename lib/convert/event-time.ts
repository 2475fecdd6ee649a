import type { EventTime as EventTimeColumn } from '../event-time.ts'
import { leavesOf } from '../parquet/schema.ts'
import type { ColumnBatch, LeafColumn } from '../shred/batch.ts'
import type { Schema } from '../shred/type.ts'
import { type TimeReader, timeReader } from '../time/time-reader.ts'
import { formatMicros } from '../time/timestamp.ts'
import type { EventTime } from './ledger.ts'

/** The range of one column's timestamps, gathered row group by row group. */
export interface EventTimeRange {
  min: bigint | undefined
  max: bigint | undefined
  parsed: number
}

export function newRange(): EventTimeRange {
  return { min: undefined, max: undefined, parsed: 0 }
}

/** Widens `range` by the batch's values of a column outside lists and maps: timestamps, or texts and numbers that are times. */
export function widenRange(range: EventTimeRange, batch: ColumnBatch, { column, form }: EventTimeColumn): void {
  const index = leavesOf(batch.schema).findIndex((leaf) => leaf.maxRepetition === 0 && leaf.path.join('.') === column)
  const leaf = batch.leaves[index]
  if (leaf === undefined) return
  const { values } = leaf
  const isTimestamp = leafType(batch.schema, column.split('.')) === 'timestamp'
  if (values.physical === 'BYTE_ARRAY') widenByText(range, values, timeReader(form))
  else if (values.physical === 'INT64' && isTimestamp) widenByMicros(range, values)
  else if (values.physical !== 'BOOLEAN') widenByNumber(range, values, timeReader(form))
}

function leafType(schema: Schema, path: readonly string[]): string | undefined {
  const type = schema.find((field) => field.name === path[0])?.type
  return type?.kind === 'struct' ? leafType(type.fields, path.slice(1)) : type?.kind
}

type Values<P> = Extract<LeafColumn['values'], { physical: P }>

function widenByMicros(range: EventTimeRange, { values, count }: Values<'INT64'>): void {
  for (let i = 0; i < count; i++) widen(range, values[i]!)
  range.parsed += count
}

/** Each distinct text is read once. */
function widenByText(
  range: EventTimeRange,
  { ids, count, dictionary }: Values<'BYTE_ARRAY'>,
  reader: TimeReader,
): void {
  const isTime = new Uint8Array(dictionary.count)
  for (let id = 0; id < dictionary.count; id++) {
    const time = reader.bytes(dictionary.bytes, dictionary.offsets[id]!, dictionary.offsets[id + 1]!)
    if (time === undefined) continue
    isTime[id] = 1
    widen(range, time.micros)
  }
  for (let i = 0; i < count; i++) range.parsed += isTime[ids[i]!]!
}

function widenByNumber(
  range: EventTimeRange,
  { values, count }: Values<'INT64'> | Values<'DOUBLE'>,
  reader: TimeReader,
): void {
  for (let i = 0; i < count; i++) {
    const time = reader.text(String(values[i]))
    if (time === undefined) continue
    range.parsed++
    widen(range, time.micros)
  }
}

function widen(range: EventTimeRange, micros: bigint): void {
  if (range.min === undefined || micros < range.min) range.min = micros
  if (range.max === undefined || micros > range.max) range.max = micros
}

export function eventTimeOf({ column, form }: EventTimeColumn, range: EventTimeRange, rows: number): EventTime {
  const text = (micros: bigint | undefined) => (micros === undefined ? null : formatMicros(micros))
  return { column, form, min: text(range.min), max: text(range.max), unparsed: rows - range.parsed }
}
