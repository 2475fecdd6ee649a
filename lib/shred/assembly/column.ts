import { hashOf, SLACK, same } from './text'

/*
 * Growing leaf columns: Dremel levels, and values. lib/shred/column.ts is their face outside.
 */

export const BOOLEAN: i32 = 0
export const INT64: i32 = 1
export const DOUBLE: i32 = 2
export const BYTE_ARRAY: i32 = 3

/** When of so many byte strings more than this share were new, later ones are no longer looked up in the row group. */
const PROBE_VALUES: i32 = 4096
const PROBE_NEW: i32 = 3276

const FIRST_LEVELS: i32 = 64
const FIRST_VALUES: i32 = 64
const FIRST_BYTES: i32 = 256
const FIRST_SLOTS: i32 = 64
const NONE: i32 = -1

@unmanaged
export class Column {
  /** Negative: levels alone. */
  physical: i32
  maxDefinition: i32
  entries: i32
  /** Entries that begin a row. */
  rows: i32
  /** Values. */
  count: i32
  levelCapacity: i32
  definition: usize
  /** 0 where the maximum is 0. */
  repetition: usize
  /** u8, i64, f64, or the u32 numbers of dictionary entries. */
  values: usize
  valueCapacity: i32
  /** Distinct byte strings in order of first use: entry i is bytes[offsets[i] … offsets[i + 1]). */
  dictionaryCount: i32
  bytes: usize
  byteCapacity: i32
  offsetCapacity: i32
  offsets: usize
  /** An entry's number and its hash side by side, or NONE twice; at most half of them are taken. */
  slots: usize
  slotMask: i32
  /** 0 once an entry was added without a look: from then on nothing can be found any more. */
  distinct: i32
  /** Whether the dictionary may hold what no value uses any more. */
  rolledBack: i32
  /** Of a map's keys: per entry the object that had it last. */
  stamps: usize
  stampCapacity: i32
  /** The column that was made before this one. */
  before: usize
}

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
  column.rolledBack = 0
  if (column.physical != BYTE_ARRAY) return
  freeDictionary(column)
  newDictionary(column)
}

function widthOf(column: Column): i32 {
  return column.physical == BOOLEAN ? 1 : column.physical == BYTE_ARRAY ? 4 : 8
}

function newDictionary(column: Column): void {
  column.dictionaryCount = 0
  column.distinct = 1
  column.byteCapacity = FIRST_BYTES
  column.bytes = heap.alloc(FIRST_BYTES)
  column.offsetCapacity = FIRST_VALUES
  column.offsets = heap.alloc(FIRST_VALUES * 4)
  store<u32>(column.offsets, 0)
  column.slotMask = FIRST_SLOTS - 1
  column.slots = heap.alloc(FIRST_SLOTS * 8)
  memory.fill(column.slots, 0xff, FIRST_SLOTS * 8)
  column.stampCapacity = 0
  column.stamps = 0
}

function freeDictionary(column: Column): void {
  heap.free(column.bytes)
  heap.free(column.offsets)
  heap.free(column.slots)
  if (column.stamps != 0) heap.free(column.stamps)
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

/** Notes that the object `stamp` has the key. False when it had it before. */
export function stampKey(column: Column, entry: i32, stamp: i32): bool {
  if (entry >= column.stampCapacity) {
    const capacity = column.offsetCapacity
    column.stamps = column.stamps == 0 ? heap.alloc(capacity * 4) : heap.realloc(column.stamps, capacity * 4)
    memory.fill(column.stamps + (<usize>column.stampCapacity << 2), 0, (capacity - column.stampCapacity) * 4)
    column.stampCapacity = capacity
  }
  const place = column.stamps + (<usize>entry << 2)
  if (load<i32>(place) == stamp) return false
  store<i32>(place, stamp)
  return true
}

@inline
function pushEntry(column: Column, entry: i32, repetition: i32): void {
  if (column.count == column.valueCapacity) growValues(column)
  store<u32>(column.values + (<usize>column.count << 2), entry)
  column.count++
  pushLevels(column, column.maxDefinition, repetition)
}

/** The number of the byte string, which is added when it is new. */
function addEntry(column: Column, at: usize, length: i32): i32 {
  const hash = hashOf(at, length)
  const mask = column.slotMask
  let place = hash & mask
  while (true) {
    const slot = column.slots + (<usize>place << 3)
    const entry = load<i32>(slot)
    if (entry == NONE) {
      const added = append(column, at, length)
      store<i32>(slot, added)
      store<i32>(slot, hash, 4)
      if (column.dictionaryCount * 2 > mask) rehash(column)
      return added
    }
    if (load<i32>(slot, 4) == hash) {
      const from = load<u32>(column.offsets + (<usize>entry << 2))
      const to = load<u32>(column.offsets + (<usize>entry << 2), 4)
      if (to - from == <u32>length && same(column.bytes + from, at, length)) return entry
    }
    place = (place + 1) & mask
  }
}

function append(column: Column, at: usize, length: i32): i32 {
  const entry = column.dictionaryCount
  if (entry + 1 == column.offsetCapacity) {
    column.offsets = heap.realloc(column.offsets, column.offsetCapacity * 8)
    column.offsetCapacity *= 2
  }
  const from = load<u32>(column.offsets + (<usize>entry << 2))
  const to = from + <u32>length
  if (to + <u32>SLACK > <u32>column.byteCapacity) {
    const capacity = max(column.byteCapacity * 2, <i32>to + SLACK)
    column.bytes = heap.realloc(column.bytes, capacity)
    column.byteCapacity = capacity
  }
  const into = column.bytes + from
  for (let i = 0; i < length; i += 16) v128.store(into + i, v128.load(at + i))
  store<u32>(column.offsets + (<usize>entry << 2), to, 4)
  column.dictionaryCount = entry + 1
  return entry
}

function rehash(column: Column): void {
  const old = column.slots
  const size = column.slotMask + 1
  const mask = size * 2 - 1
  const slots = heap.alloc(size * 16)
  memory.fill(slots, 0xff, size * 16)
  for (let i = 0; i < size; i++) {
    const entry = load<i32>(old + (<usize>i << 3))
    if (entry == NONE) continue
    const hash = load<i32>(old + (<usize>i << 3), 4)
    let place = hash & mask
    while (load<i32>(slots + (<usize>place << 3)) != NONE) place = (place + 1) & mask
    store<i32>(slots + (<usize>place << 3), entry)
    store<i32>(slots + (<usize>place << 3), hash, 4)
  }
  heap.free(old)
  column.slots = slots
  column.slotMask = mask
}

/** Takes back everything after the first `rows` rows; at most one row more may be there. */
export function rollback(column: Column, rows: i32): void {
  if (column.rows <= rows) return
  let entries = column.entries - 1
  if (column.repetition != 0) while (load<u8>(column.repetition + entries) != 0) entries--
  if (column.physical >= 0) {
    for (let i = entries; i < column.entries; i++) {
      if (<i32>load<u8>(column.definition + i) == column.maxDefinition) column.count--
    }
  }
  column.entries = entries
  column.rows = rows
  column.rolledBack = 1
}

/** Turns a column of integers that are all exact in a double into one of doubles. */
export function widenToDouble(column: Column): void {
  for (let i = 0; i < column.count; i++) {
    const place = column.values + (<usize>i << 3)
    store<f64>(place, <f64>load<i64>(place))
  }
  column.physical = DOUBLE
}
