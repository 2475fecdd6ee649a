import { compareBounds } from '../../parquet/compare-bounds.ts'
import type { LeafColumn, LeafValues } from '../../shred/batch.ts'
import type { TimeReader } from '../../time/time-reader.ts'
import type { ReadTime } from '../../time/written-time.ts'
import { mayHold, type ValueRange } from './value-range.ts'

/** A condition on one leaf. A row meets it when one of the leaf's entries in the row does. */
export interface LeafTest {
  /** Of the dataset. */
  readonly leaf: number
  /** The definition level of a value. */
  readonly maxDefinition: number
  /** An entry with a definition level from `from` to below `to` meets it: something is null there. */
  readonly nulls: { readonly from: number; readonly to: number } | undefined
  /** Which values do. */
  readonly values: ValueTest | undefined
}

export type ValueTest =
  | { readonly kind: 'booleans'; readonly wanted: ReadonlySet<boolean> }
  /** Of int64 and timestamp. */
  | { readonly kind: 'integers'; readonly wanted: ReadonlySet<bigint> }
  | { readonly kind: 'doubles'; readonly wanted: ReadonlySet<number> }
  /** Of string and json: the exact bytes. */
  | { readonly kind: 'texts'; readonly wanted: readonly Uint8Array[] }
  /** Timestamps from `from` to below `to`, microseconds since the epoch. */
  | ({ readonly kind: 'times' } & TimeRange)
  /** Texts and numbers that are such a time. */
  | ({ readonly kind: 'read times'; readonly reader: TimeReader } & TimeRange)

export interface TimeRange {
  readonly from: bigint | undefined
  readonly to: bigint | undefined
}

/** Whether rows whose values lie in `range` may meet the test: false only where none of them does. */
export function mayPass({ nulls, values }: LeafTest, range: ValueRange): boolean {
  return (nulls !== undefined && range.nulls) || (values !== undefined && range.values && mayBeIn(values, range))
}

function mayBeIn(test: ValueTest, range: ValueRange): boolean {
  switch (test.kind) {
    case 'times': {
      const { min, max } = range
      const before = test.from !== undefined && max !== undefined && compareBounds(max, test.from) < 0
      const after = test.to !== undefined && min !== undefined && compareBounds(min, test.to) >= 0
      return !before && !after
    }
    // Texts, and numbers of several units, are in another order than the times that they mean.
    case 'read times':
      return true
    default:
      return [...test.wanted].some((value) => mayHold(range, value))
  }
}

/** Which rows pass, and of which it cannot be told, because what should be a time is none. One byte per row: 1 for such. */
export interface Passed {
  readonly rows: Uint8Array
  /** Undefined where there is none. */
  readonly unread: { readonly rows: Uint8Array; readonly example: string } | undefined
}

const PASSES = 1
const NOT_A_TIME = 2

export function passRows({ nulls, values: test, maxDefinition }: LeafTest, column: LeafColumn, rows: number): Passed {
  const { entries, definition, repetition, values } = column
  const marks = test === undefined ? new Uint8Array(values.count) : markValues(test, values)
  const passed = new Uint8Array(rows)
  let unread: { rows: Uint8Array; example: string } | undefined
  const { from, to } = nulls ?? { from: 0, to: 0 }
  let row = -1
  let value = 0
  for (let entry = 0; entry < entries; entry++) {
    if (repetition === undefined || repetition[entry] === 0) row++
    const level = definition[entry]!
    if (level === maxDefinition) {
      const mark = marks[value++]!
      if (mark === PASSES) passed[row] = 1
      else if (mark === NOT_A_TIME) {
        unread ??= { rows: new Uint8Array(rows), example: textOf(values, value - 1) }
        unread.rows[row] = 1
      }
    } else if (level >= from && level < to) passed[row] = 1
  }
  return { rows: passed, unread }
}

const SHOWN_BYTES = 60

function textOf(values: LeafValues, index: number): string {
  if (values.physical !== 'BYTE_ARRAY') return String(values.values[index])
  const { bytes, offsets } = values.dictionary
  const start = offsets[values.ids[index]!]!
  const end = offsets[values.ids[index]! + 1]!
  const text = Buffer.from(bytes.subarray(start, Math.min(end, start + SHOWN_BYTES))).toString('utf8')
  return JSON.stringify(end - start > SHOWN_BYTES ? `${text}…` : text)
}

/** One mark per value. */
function markValues(test: ValueTest, values: LeafValues): Uint8Array {
  const marks = new Uint8Array(values.count)
  if (values.physical === 'BYTE_ARRAY') {
    const known = markEntries(test, values.dictionary)
    for (let i = 0; i < marks.length; i++) marks[i] = known[values.ids[i]!]!
  } else if (values.physical === 'INT64' && test.kind === 'times') {
    const from = test.from ?? -(2n ** 63n)
    const to = test.to ?? 2n ** 63n - 1n
    for (let i = 0; i < marks.length; i++) {
      const value = values.values[i]!
      marks[i] = value >= from && value < to ? PASSES : 0
    }
  } else if (values.physical !== 'BOOLEAN' && test.kind === 'read times') {
    for (let i = 0; i < marks.length; i++) marks[i] = markTime(test, test.reader.text(String(values.values[i])))
  } else if (values.physical === 'INT64' && test.kind === 'integers') {
    for (let i = 0; i < marks.length; i++) marks[i] = test.wanted.has(values.values[i]!) ? PASSES : 0
  } else if (values.physical === 'DOUBLE' && test.kind === 'doubles') {
    for (let i = 0; i < marks.length; i++) marks[i] = test.wanted.has(values.values[i]!) ? PASSES : 0
  } else if (values.physical === 'BOOLEAN' && test.kind === 'booleans') {
    for (let i = 0; i < marks.length; i++) marks[i] = test.wanted.has(values.values[i] === 1) ? PASSES : 0
  }
  return marks
}

/** Bounds are microseconds, so that it makes no difference where in its own one a time lies. */
function markTime({ from, to }: TimeRange, time: ReadTime | undefined): number {
  if (time === undefined) return NOT_A_TIME
  return (from === undefined || time.micros >= from) && (to === undefined || time.micros < to) ? PASSES : 0
}

type Dictionary = Extract<LeafValues, { readonly physical: 'BYTE_ARRAY' }>['dictionary']

/** One mark per entry of a dictionary: each is looked at once, however often it is used. */
function markEntries(test: ValueTest, { bytes, offsets, count }: Dictionary): Uint8Array {
  const marks = new Uint8Array(count)
  if (test.kind === 'read times') {
    for (let id = 0; id < count; id++)
      marks[id] = markTime(test, test.reader.bytes(bytes, offsets[id]!, offsets[id + 1]!))
  } else if (test.kind === 'texts') {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const wanted of test.wanted) {
      for (let id = 0; id < count; id++) {
        const start = offsets[id]!
        const end = offsets[id + 1]!
        if (end - start === wanted.length && buffer.compare(wanted, 0, wanted.length, start, end) === 0)
          marks[id] = PASSES
      }
    }
  }
  return marks
}
