/*
 * Counts of what was seen, per node, and what the row under way raises: a row is counted when it is whole.
 */

/** As lib/shred/node.ts numbers them. */
export const NULLS: i32 = 0
export const BOOLS: i32 = 1
export const INTS: i32 = 2
export const WIDE_INTS: i32 = 3
export const DOUBLES: i32 = 4
export const STRINGS: i32 = 6
export const OBJECTS: i32 = 7
export const LISTS: i32 = 8
export const EMPTY_OBJECTS: i32 = 9
export const EMPTY_LISTS: i32 = 10
export const STRIDE: i32 = 16

let counts: usize = 0
let countCapacity: i32 = 0
let notes: usize = 0
let noteCount: i32 = 0
let noteCapacity: i32 = 0

/** Room for the counters of so many nodes, at 0. */
export function newCounts(nodes: i32): usize {
  if (counts != 0) heap.free(counts)
  countCapacity = nodes * STRIDE
  counts = heap.alloc(countCapacity * 8)
  memory.fill(counts, 0, countCapacity * 8)
  return counts
}

/** Begins a row. */
export function forgetNotes(): void {
  noteCount = 0
}

/** Notes one value for the row under way. `counters` is where its node's counters begin. */
@inline
export function note(counters: i32, counter: i32): void {
  if (noteCount == noteCapacity) {
    noteCapacity = noteCapacity == 0 ? 1024 : noteCapacity * 2
    notes = notes == 0 ? heap.alloc(noteCapacity * 4) : heap.realloc(notes, noteCapacity * 4)
  }
  store<i32>(notes + (<usize>noteCount << 2), counters + counter)
  noteCount++
}

/** Counts the row. */
export function acceptNotes(): void {
  for (let i = 0; i < noteCount; i++) {
    const count = counts + (<usize>load<i32>(notes + (<usize>i << 2)) << 3)
    store<f64>(count, load<f64>(count) + 1)
  }
}
