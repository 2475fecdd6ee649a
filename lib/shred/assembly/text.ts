/*
 * Strings of one line. Every load of 8 or 16 bytes may reach beyond the line: what lies there is memory of the input, and
 * never decides anything.
 */

export const QUOTE: u8 = 0x22
const BACKSLASH: u8 = 0x5c

/** After `readString`: the content, unescaped. */
export let text: usize = 0
export let textLength: i32 = 0
/** After `readString`: the first byte behind the closing quote. */
export let textEnd: usize = 0

/** Where strings are unescaped. */
let scratch: usize = 0
let scratchCapacity: i32 = 0

/** The first byte from `at` on that is a quote, a backslash or a control character: every line ends with one. */
@inline
export function plainEnd(at: usize): usize {
  let from = at
  while (true) {
    const bytes = v128.load(from)
    const special = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
      i8x16.lt_u(bytes, i8x16.splat(0x20)),
    )
    const hits = i8x16.bitmask(special)
    if (hits != 0) return from + ctz(hits)
    from += 16
  }
}

/** Reads the string whose opening quote is at `at`. False when it is none, or one that UTF-8 cannot hold. */
export function readString(at: usize): bool {
  const start = at + 1
  const end = plainEnd(start)
  const byte = load<u8>(end)
  if (byte == QUOTE) {
    text = start
    textLength = <i32>(end - start)
    textEnd = end + 1
    return true
  }
  return byte == BACKSLASH && readEscaped(start, end)
}

function readEscaped(start: usize, firstEscape: usize): bool {
  let length = <i32>(firstEscape - start)
  reserve(length)
  memory.copy(scratch, start, length)
  let at = firstEscape
  while (load<u8>(at) == BACKSLASH) {
    reserve(length + 4)
    const letter = load<u8>(at, 1)
    const simple = simpleEscape(letter)
    if (simple != 0) {
      store<u8>(scratch + length, simple)
      length++
      at += 2
    } else {
      if (letter != 0x75) return false
      let point = hex4(at + 2)
      at += 6
      if (point < 0 || (point >= 0xdc00 && point <= 0xdfff)) return false
      if (point >= 0xd800 && point <= 0xdbff) {
        if (load<u16>(at) != 0x755c) return false
        const low = hex4(at + 2)
        if (low < 0xdc00 || low > 0xdfff) return false
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
        at += 6
      }
      length += appendUtf8(scratch + length, point)
    }
    const end = plainEnd(at)
    const plain = <i32>(end - at)
    reserve(length + plain)
    memory.copy(scratch + length, at, plain)
    length += plain
    at = end
  }
  if (load<u8>(at) != QUOTE) return false
  text = scratch
  textLength = length
  textEnd = at + 1
  return true
}

function reserve(bytes: i32): void {
  if (bytes + SLACK <= scratchCapacity) return
  scratchCapacity = (bytes + SLACK) * 2
  scratch = scratch == 0 ? heap.alloc(scratchCapacity) : heap.realloc(scratch, scratchCapacity)
}

/** What may be read beyond the end of a text. */
export const SLACK: i32 = 32

function simpleEscape(letter: u8): u8 {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter
    case 0x62:
      return 0x08
    case 0x66:
      return 0x0c
    case 0x6e:
      return 0x0a
    case 0x72:
      return 0x0d
    case 0x74:
      return 0x09
    default:
      return 0
  }
}

/** Four hex digits; -1 when they are none. */
function hex4(at: usize): i32 {
  let value = 0
  for (let i = 0; i < 4; i++) {
    const byte = <i32>load<u8>(at + i)
    const lower = byte | 0x20
    const digit =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function appendUtf8(at: usize, point: i32): i32 {
  if (point < 0x80) {
    store<u8>(at, point)
    return 1
  }
  if (point < 0x800) {
    store<u8>(at, 0xc0 | (point >> 6))
    store<u8>(at, 0x80 | (point & 0x3f), 1)
    return 2
  }
  if (point < 0x10000) {
    store<u8>(at, 0xe0 | (point >> 12))
    store<u8>(at, 0x80 | ((point >> 6) & 0x3f), 1)
    store<u8>(at, 0x80 | (point & 0x3f), 2)
    return 3
  }
  store<u8>(at, 0xf0 | (point >> 18))
  store<u8>(at, 0x80 | ((point >> 12) & 0x3f), 1)
  store<u8>(at, 0x80 | ((point >> 6) & 0x3f), 2)
  store<u8>(at, 0x80 | (point & 0x3f), 3)
  return 4
}

/** Whether `length` bytes are the same at both places. */
@inline
export function same(a: usize, b: usize, length: i32): bool {
  let i = 0
  for (; i + 8 <= length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false
  const left = length - i
  return left == 0 || (load<u64>(a + i) ^ load<u64>(b + i)) << (64 - (left << 3)) == 0
}

/** Multiplicative, eight bytes at a time; the upper half, which every byte reaches. */
@inline
export function hashOf(at: usize, length: i32): i32 {
  let hash: u64 = <u64>length
  let i = 0
  for (; i + 8 <= length; i += 8) hash = (rotl(hash, 5) ^ load<u64>(at + i)) * 0x9e3779b97f4a7c15
  const left = length - i
  if (left > 0) hash = (rotl(hash, 5) ^ (load<u64>(at + i) << (64 - (left << 3)))) * 0x9e3779b97f4a7c15
  return <i32>((hash ^ (hash >> 29)) >> 16)
}
