/*
 * Byte strings: entry i is bytes[offsets[i] … offsets[i + 1]), offsets of four bytes. Copies and loads of 8 or 16 bytes may
 * reach beyond a string: what lies there never decides anything.
 */

@inline
function offsetAt(offsets: usize, entry: u32): u32 {
  return load<u32>(offsets + (<usize>entry << 2))
}

/** The lengths of the strings that `count` ids name, together. */
export function lengthsOf(ids: usize, count: i32, offsets: usize): f64 {
  let sum: u64 = 0
  for (let i = 0; i < count; i++) {
    const id = load<u32>(ids + (<usize>i << 2))
    sum += offsetAt(offsets, id + 1) - offsetAt(offsets, id)
  }
  return <f64>sum
}

/** Writes the strings that `count` ids name, each after its length of four bytes. Returns where they end. */
export function gatherStrings(ids: usize, count: i32, offsets: usize, bytes: usize, out: usize): usize {
  let to = out
  for (let i = 0; i < count; i++) to = putString(load<u32>(ids + (<usize>i << 2)), offsets, bytes, to)
  return to
}

/** As `gatherStrings`, of the first `count` entries in order. */
export function listStrings(count: i32, offsets: usize, bytes: usize, out: usize): usize {
  let to = out
  for (let i = 0; i < count; i++) to = putString(i, offsets, bytes, to)
  return to
}

@inline
function putString(entry: u32, offsets: usize, bytes: usize, out: usize): usize {
  const from = offsetAt(offsets, entry)
  const length = offsetAt(offsets, entry + 1) - from
  store<u32>(out, length)
  const into = out + 4
  for (let i: u32 = 0; i < length; i += 16) v128.store(into + i, v128.load(bytes + from + i))
  return into + length
}

/** After `findBounds`: the numbers of the entries that come first and last by their bytes. */
let first: u32 = 0
let last: u32 = 0

export function firstEntry(): u32 {
  return first
}

export function lastEntry(): u32 {
  return last
}

/** Finds the bounds of at least one entry. */
export function findBounds(count: i32, offsets: usize, bytes: usize): void {
  first = 0
  last = 0
  let firstHead = headOf(0, offsets, bytes)
  let lastHead = firstHead
  for (let i = 1; i < count; i++) {
    const head = headOf(i, offsets, bytes)
    if (head < firstHead || (head == firstHead && compare(i, first, offsets, bytes) < 0)) {
      first = i
      firstHead = head
    }
    if (head > lastHead || (head == lastHead && compare(i, last, offsets, bytes) > 0)) {
      last = i
      lastHead = head
    }
  }
}

/** The first eight bytes as a number that orders as they do; zeros stand for bytes that are not there. */
@inline
function headOf(entry: u32, offsets: usize, bytes: usize): u64 {
  const start = offsetAt(offsets, entry)
  const beyond = 64 - (min<u32>(offsetAt(offsets, entry + 1) - start, 8) << 3)
  return beyond == 64 ? 0 : (bswap(load<u64>(bytes + start)) >> beyond) << beyond
}

/** Negative when entry `a` comes before `b`: by unsigned bytes, then by length. */
function compare(a: u32, b: u32, offsets: usize, bytes: usize): i32 {
  const startA = offsetAt(offsets, a)
  const startB = offsetAt(offsets, b)
  const lengthA = <i32>(offsetAt(offsets, a + 1) - startA)
  const lengthB = <i32>(offsetAt(offsets, b + 1) - startB)
  const length = min(lengthA, lengthB)
  for (let i = 0; i < length; i += 8) {
    const beyond = max(i + 8 - length, 0) << 3
    const x = bswap(load<u64>(bytes + startA + i)) >> beyond
    const y = bswap(load<u64>(bytes + startB + i)) >> beyond
    if (x != y) return x < y ? -1 : 1
  }
  return lengthA - lengthB
}
