import { BOOLEAN, BYTE_ARRAY, Column, DOUBLE } from './column-fields'
import { addEntry, append, freeDictionary, newDictionary, renewDictionary } from './dictionary'

/*
 * Growing leaf columns: Dremel levels, and values. lib/shred/column.ts is their face outside.
 */

/** When of so many byte strings more than this share were new, later ones are no longer looked up in the row group. */
const PROBE_VALUES: i32 = 4096
const PROBE_NEW: i32 = 3276

const FIRST_LEVELS: i32 = 64
const FIRST_VALUES: i32 = 64

/** The column that was made last. */
let last: usize = 0

export function newColumn(physical: i32, maxDefinition: i32, maxRepetition: i32): Column {
  const size = offsetof<Column>()
  const column = changetype<Column>(heap.alloc(size))
  memory.fill(changetype<usize>(column), 0, size)
  column.physical = physical
  column.maxDefinition = maxDefinition
  column.levelCapacity = FIRST_LEVELS
  column.definition = heap.alloc(FIRST_LEVELS)
  if (maxRepetition > 0) column.repetition = heap.alloc(FIRST_LEVELS)
  if (physical >= 0) {
    column.valueCapacity = FIRST_VALUES
    column.values = heap.alloc(FIRST_VALUES * widthOf(column))
  }
  if (physical == BYTE_ARRAY) newDictionary(column)
  column.before = last
  last = changetype<usize>(column)
  return column
}

/** Frees every column, whoever still knows it. */
export function freeColumns(): void {
  while (last != 0) {
    const column = changetype<Column>(last)
    last = column.before
    freeColumn(column)
  }
}

function freeColumn(column: Column): void {
  heap.free(column.definition)
  if (column.repetition != 0) heap.free(column.repetition)
  if (column.physical >= 0) heap.free(column.values)
  if (column.physical == BYTE_ARRAY) freeDictionary(column)
  heap.free(changetype<usize>(column))
}

/** Empties the column and keeps its levels' and values' memory for the next row group. */
export function clearColumn(column: Column): void {
  column.entries = 0
  column.rows = 0
  column.count = 0
  if (column.physical == BYTE_ARRAY) renewDictionary(column)
}

function widthOf(column: Column): i32 {
  return column.physical == BOOLEAN ? 1 : column.physical == BYTE_ARRAY ? 4 : 8
}

/** Makes room for so many level entries in all. */
export function reserveLevels(column: Column, entries: i32): void {
  if (entries <= column.levelCapacity) return
  let capacity = column.levelCapacity
  while (capacity < entries) capacity *= 2
  column.definition = heap.realloc(column.definition, capacity)
  if (column.repetition != 0) column.repetition = heap.realloc(column.repetition, capacity)
  column.levelCapacity = capacity
}

@inline
export function pushLevels(column: Column, definition: i32, repetition: i32): void {
  const entries = column.entries
  if (entries == column.levelCapacity) reserveLevels(column, entries + 1)
  store<u8>(column.definition + entries, definition)
  if (column.repetition != 0) store<u8>(column.repetition + entries, repetition)
  if (repetition == 0) column.rows++
  column.entries = entries + 1
}

function growValues(column: Column): void {
  column.values = heap.realloc(column.values, column.valueCapacity * 2 * widthOf(column))
  column.valueCapacity *= 2
}

@inline
export function pushBool(column: Column, value: bool, repetition: i32): void {
  if (column.count == column.valueCapacity) growValues(column)
  store<u8>(column.values + column.count, value ? 1 : 0)
  column.count++
  pushLevels(column, column.maxDefinition, repetition)
}

@inline
export function pushInteger(column: Column, value: i64, repetition: i32): void {
  if (column.count == column.valueCapacity) growValues(column)
  store<i64>(column.values + (<usize>column.count << 3), value)
  column.count++
  pushLevels(column, column.maxDefinition, repetition)
}

@inline
export function pushDouble(column: Column, value: f64, repetition: i32): void {
  if (column.count == column.valueCapacity) growValues(column)
  store<f64>(column.values + (<usize>column.count << 3), value)
  column.count++
  pushLevels(column, column.maxDefinition, repetition)
}

export function pushBytes(column: Column, at: usize, length: i32, repetition: i32): void {
  const entry = column.distinct != 0 ? addEntry(column, at, length) : append(column, at, length)
  pushEntry(column, entry, repetition)
  if (column.count == PROBE_VALUES && column.dictionaryCount > PROBE_NEW) column.distinct = 0
}

/** As `pushBytes`, of a map's key. Returns its number: equal keys have equal ones. */
export function pushKey(column: Column, at: usize, length: i32, repetition: i32): i32 {
  const entry = addEntry(column, at, length)
  pushEntry(column, entry, repetition)
  return entry
}

@inline
function pushEntry(column: Column, entry: i32, repetition: i32): void {
  if (column.count == column.valueCapacity) growValues(column)
  store<u32>(column.values + (<usize>column.count << 2), entry)
  column.count++
  pushLevels(column, column.maxDefinition, repetition)
}

/** Takes back everything after the first `rows` rows; at most one row more may be there. */
export function rollback(column: Column, rows: i32): void {
  if (column.rows <= rows) return
  let entries = column.entries - 1
  if (column.repetition != 0) while (load<u8>(column.repetition + entries) != 0) entries--
  const count = column.count
  if (column.physical >= 0) {
    for (let i = entries; i < column.entries; i++) {
      if (<i32>load<u8>(column.definition + i) == column.maxDefinition) column.count--
    }
  }
  column.entries = entries
  column.rows = rows
  if (column.physical == BYTE_ARRAY) forgetEntries(column, count)
}

/** After values up to the former `count` were taken back: what only they used is still in the dictionary. */
function forgetEntries(column: Column, count: i32): void {
  if (column.count == 0) {
    renewDictionary(column)
    return
  }
  // New entries come last, and whoever added the last one used it.
  for (let i = column.count; i < count; i++) {
    if (load<i32>(column.values + (<usize>i << 2)) == column.dictionaryCount - 1) column.rolledBack = 1
  }
}

/** Turns a column of integers that are all exact in a double into one of doubles. */
export function widenToDouble(column: Column): void {
  for (let i = 0; i < column.count; i++) {
    const place = column.values + (<usize>i << 3)
    store<f64>(place, <f64>load<i64>(place))
  }
  column.physical = DOUBLE
}
