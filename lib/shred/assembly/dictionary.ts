import { Column } from './column-fields'
import { hashOf, SLACK, same } from './text'

/*
 * The byte strings of a column: each distinct one once, in order of first use, found again by its hash.
 */

const FIRST_OFFSETS: i32 = 64
const FIRST_BYTES: i32 = 256
const FIRST_SLOTS: i32 = 64
const NONE: i32 = -1

export function newDictionary(column: Column): void {
  column.dictionaryCount = 0
  column.distinct = 1
  column.byteCapacity = FIRST_BYTES
  column.bytes = heap.alloc(FIRST_BYTES)
  column.offsetCapacity = FIRST_OFFSETS
  column.offsets = heap.alloc(FIRST_OFFSETS * 4)
  store<u32>(column.offsets, 0)
  column.slotMask = FIRST_SLOTS - 1
  column.slots = heap.alloc(FIRST_SLOTS * 8)
  memory.fill(column.slots, 0xff, FIRST_SLOTS * 8)
  column.stampCapacity = 0
  column.stamps = 0
}

export function freeDictionary(column: Column): void {
  heap.free(column.bytes)
  heap.free(column.offsets)
  heap.free(column.slots)
  if (column.stamps != 0) heap.free(column.stamps)
}

/** Empties the dictionary. */
export function renewDictionary(column: Column): void {
  freeDictionary(column)
  newDictionary(column)
  column.rolledBack = 0
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

/** The number of the byte string, which is added when it is new. */
export function addEntry(column: Column, at: usize, length: i32): i32 {
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

/** Adds the byte string without a look whether it is there. */
export function append(column: Column, at: usize, length: i32): i32 {
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
