import { copy } from './copy'
import { writeDouble, writeInt64 } from './number'
import { writeTimestamp } from './timestamp'

/*
 * The text of rows of scalars. lib/export/flat-text.ts lays out the memory: stores may reach 16 bytes beyond a text, and
 * loads of 16 bytes beyond an array.
 */

/** The kinds of a column, as flat-text.ts numbers them. */
const TEXT: i32 = 0
const INT64: i32 = 1
const DOUBLE: i32 = 2
const BOOL: i32 = 3

/** Bytes of any number or timestamp, and more than that. */
const MOST_DIGITS: u32 = 64

/** A column, as flat-text.ts writes it. */
@unmanaged
class Column {
  kind: i32
  /** The definition level of a value. */
  level: u32
  /** Per row. */
  definition: usize
  /** Per value: the id of a text, 8 bytes, or a byte. */
  values: usize
  /** Texts: entry i is bytes[offsets[i] … offsets[i + 1]). */
  offsets: usize
  bytes: usize
  before: usize
  beforeLength: u32
  after: usize
  afterLength: u32
  absent: usize
  absentLength: u32
  /** How many values come before the row at hand. */
  value: u32
}

const COLUMN_BYTES: usize = 52

let rendered: i32 = 0

/** How many rows the last `renderRows` wrote. */
export function renderedRows(): i32 {
  return rendered
}

/**
 * Writes the rows [first, last) of `count` columns to `out`, and where each ends, from `out` on, to `ends`: as many as there is
 * room for. Returns the end of the last one.
 */
export function renderRows(columns: usize, count: i32, first: i32, last: i32, ends: usize, out: usize, end: usize): usize {
  let at = out
  rendered = 0
  for (let row = first; row < last; row++) {
    const next = renderRow(columns, count, row, at, end)
    if (next == 0) return at
    at = next
    store<u32>(ends + (<usize>rendered << 2), <u32>(at - out))
    rendered++
  }
  return at
}

/** The end of the row, or 0 where it does not fit. */
function renderRow(columns: usize, count: i32, row: i32, start: usize, end: usize): usize {
  let at = start
  for (let i = 0; i < count; i++) {
    const column = changetype<Column>(columns + <usize>i * COLUMN_BYTES)
    if (<u32>load<u8>(column.definition + row) < column.level) {
      if (at + column.absentLength > end) return giveUp(columns, i, row)
      at = copy(at, column.absent, column.absentLength)
      continue
    }
    const value = column.value
    const frame = column.beforeLength + column.afterLength
    if (column.kind == TEXT) {
      const offset = column.offsets + (<usize>load<u32>(column.values + (<usize>value << 2)) << 2)
      const from = load<u32>(offset)
      const length = load<u32>(offset, 4) - from
      if (at + frame + length > end) return giveUp(columns, i, row)
      at = copy(at, column.before, column.beforeLength)
      at = copy(at, column.bytes + from, length)
    } else {
      if (at + frame + MOST_DIGITS > end) return giveUp(columns, i, row)
      at = copy(at, column.before, column.beforeLength)
      at = writeScalar(column, column.values, value, at)
    }
    at = copy(at, column.after, column.afterLength)
    column.value = value + 1
  }
  return at
}

function writeScalar(column: Column, values: usize, value: u32, at: usize): usize {
  if (column.kind == BOOL) {
    const isTrue = load<u8>(values + value) != 0
    // "true", and "fals" with its "e".
    store<u32>(at, isTrue ? 0x65757274 : 0x736c6166)
    if (isTrue) return at + 4
    store<u8>(at, 0x65, 4)
    return at + 5
  }
  const word = values + (<usize>value << 3)
  if (column.kind == INT64) return writeInt64(at, load<i64>(word))
  if (column.kind == DOUBLE) return writeDouble(at, load<f64>(word))
  return writeTimestamp(at, load<i64>(word))
}

/** Steps back over the row's values in the first `done` columns. */
function giveUp(columns: usize, done: i32, row: i32): usize {
  for (let i = 0; i < done; i++) {
    const column = changetype<Column>(columns + <usize>i * COLUMN_BYTES)
    if (<u32>load<u8>(column.definition + row) >= column.level) column.value--
  }
  return 0
}
