/*
 * The RLE / bit-packing hybrid (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"). A run of 8 or more equal values
 * becomes an RLE run, all else bit-packed groups of 8. Values are at most 24 bits wide.
 */

/** Writes `count` levels of a byte each at `out`, and returns where they end. */
export function encodeHybridBytes(values: usize, count: i32, width: i32, out: usize): usize {
  return encodeHybrid<u8>(values, count, width, out)
}

/** The same for ids of four bytes each. */
export function encodeHybridWords(values: usize, count: i32, width: i32, out: usize): usize {
  return encodeHybrid<u32>(values, count, width, out)
}

/** Packs `count` values of a byte each, the lowest bit first; what is left of the last byte is 0. Returns where they end. */
export function packBytes(values: usize, count: i32, width: i32, out: usize): usize {
  return packBits<u8>(values, 0, count, width, out)
}

@inline
function at<T>(values: usize, index: i32): u32 {
  return load<T>(values + <usize>index * sizeof<T>())
}

function encodeHybrid<T>(values: usize, count: i32, width: i32, out: usize): usize {
  let to = out
  let packedFrom = 0
  let i = 0
  while (i < count) {
    const runEnd = endOfRun<T>(values, i, count)
    if (runEnd - i >= 8) {
      if (packedFrom < i) to = encodeGroups<T>(values, packedFrom, i, width, to)
      to = encodeRun(at<T>(values, i), runEnd - i, width, to)
      i = runEnd
      packedFrom = i
    } else {
      i += 8
    }
  }
  return packedFrom < count ? encodeGroups<T>(values, packedFrom, count, width, to) : to
}

/** Where the values that equal the one at `start` end. */
@inline
function endOfRun<T>(values: usize, start: i32, count: i32): i32 {
  const value = at<T>(values, start)
  let end = start + 1
  if (sizeof<T>() == 1) {
    const all = i8x16.splat(<u8>value)
    while (end + 16 <= count && i8x16.all_true(i8x16.eq(v128.load(values + end), all))) end += 16
  }
  while (end < count && at<T>(values, end) == value) end++
  return end
}

/** `count` times `value`. */
function encodeRun(value: u32, count: i32, width: i32, out: usize): usize {
  let to = encodeVarInt(<u64>count << 1, out)
  for (let bits = 0; bits < width; bits += 8) store<u8>(to++, value >> bits)
  return to
}

function encodeGroups<T>(values: usize, start: i32, end: i32, width: i32, out: usize): usize {
  const groups = (end - start + 7) >> 3
  const from = encodeVarInt((<u64>groups << 1) | 1, out)
  const to = from + <usize>groups * width
  const packed = packBits<T>(values, start, end, width, from)
  memory.fill(packed, 0, to - packed)
  return to
}

function packBits<T>(values: usize, start: i32, end: i32, width: i32, out: usize): usize {
  let to = out
  let bits: u64 = 0
  let used = 0
  for (let i = start; i < end; i++) {
    bits |= <u64>at<T>(values, i) << used
    used += width
    if (used >= 32) {
      store<u32>(to, <u32>bits)
      to += 4
      bits >>= 32
      used -= 32
    }
  }
  for (; used > 0; used -= 8) {
    store<u8>(to++, <u8>bits)
    bits >>= 8
  }
  return to
}

export function encodeVarInt(value: u64, out: usize): usize {
  let to = out
  let rest = value
  while (rest > 0x7f) {
    store<u8>(to++, <u8>(rest & 0x7f) | 0x80)
    rest >>= 7
  }
  store<u8>(to++, <u8>rest)
  return to
}
