/*
 * Numbers of eight bytes: distinct ones by their bits, so that -0 and 0 stay apart, and bounds.
 */

/** 1 + the number of a word in `found`, by the word's hash; 0 for none. Never more than half full. */
let slots: usize = 0
/** 64 less the bits of a slot's number. */
let slotShift: i32 = 0
let found: usize = 0
let limit: i32 = 0
let foundCount: i32 = 0
let seen: i32 = 0
/** After so many words … */
let probe: i32 = 0
/** … no larger share of them may be distinct. */
let probeShare: f64 = 1

/** Begins anew. `slotBits`: `table` has room for 2^slotBits slots of four bytes, at least twice as many as `most` words. */
export function startDistinct(table: usize, slotBits: i32, words: usize, most: i32, probeAt: i32, share: f64): void {
  slots = table
  slotShift = 64 - slotBits
  memory.fill(table, 0, <usize>4 << slotBits)
  found = words
  limit = most
  foundCount = 0
  seen = 0
  probe = probeAt
  probeShare = share
}

/** Writes the number of each of `count` words to `ids`. How many are distinct so far, or -1 once they are too many. */
export function addDistinct(words: usize, count: i32, ids: usize): i32 {
  for (let i = 0; i < count; i++) {
    const word = load<u64>(words + (<usize>i << 3))
    const slot = slotOf(word)
    let number = load<u32>(slot)
    if (number == 0) {
      if (foundCount == limit || (seen + i >= probe && <f64>foundCount > <f64>(seen + i) * probeShare)) return -1
      store<u64>(found + (<usize>foundCount << 3), word)
      number = ++foundCount
      store<u32>(slot, number)
    }
    store<u32>(ids + (<usize>i << 2), number - 1)
  }
  seen += count
  return foundCount
}

/** Where the word is, or the free slot where it belongs. Doubles such as 1.5 differ in their upper bits alone. */
@inline
function slotOf(word: u64): usize {
  const mask = (<u64>1 << (64 - slotShift)) - 1
  let place = ((word ^ (word >> 32)) * 0x9e3779b97f4a7c15) >> slotShift
  while (true) {
    const slot = slots + (<usize>place << 2)
    const number = load<u32>(slot)
    if (number == 0 || load<u64>(found + (<usize>(number - 1) << 3)) == word) return slot
    place = (place + 1) & mask
  }
}

/** Of at least one value. */
export function minInteger(values: usize, count: i32): i64 {
  let least = load<i64>(values)
  for (let i = 1; i < count; i++) {
    const value = load<i64>(values + (<usize>i << 3))
    if (value < least) least = value
  }
  return least
}

export function maxInteger(values: usize, count: i32): i64 {
  let most = load<i64>(values)
  for (let i = 1; i < count; i++) {
    const value = load<i64>(values + (<usize>i << 3))
    if (value > most) most = value
  }
  return most
}

export function minDouble(values: usize, count: i32): f64 {
  let least = load<f64>(values)
  for (let i = 1; i < count; i++) least = min(least, load<f64>(values + (<usize>i << 3)))
  return least
}

export function maxDouble(values: usize, count: i32): f64 {
  let most = load<f64>(values)
  for (let i = 1; i < count; i++) most = max(most, load<f64>(values + (<usize>i << 3)))
  return most
}
