import { encodeVarInt } from './hybrid'

/*
 * DELTA_BINARY_PACKED (Encodings.md, "Delta Encoding"): the first value, then blocks of 128 differences, each less the
 * block's least, in miniblocks of 32 that are bit-packed with what their largest needs. Differences wrap around at 64 bits.
 */

const BLOCK: i32 = 128
const MINIBLOCKS: i32 = 4
const MINIBLOCK: i32 = BLOCK / MINIBLOCKS

/** Writes `count` integers of eight bytes each at `out`, and returns where they end. */
export function encodeDelta(values: usize, count: i32, out: usize): usize {
  let to = encodeVarInt(BLOCK, out)
  to = encodeVarInt(MINIBLOCKS, to)
  to = encodeVarInt(count, to)
  to = encodeVarInt(zigZag(count == 0 ? 0 : load<i64>(values)), to)
  for (let start = 1; start < count; start += BLOCK) to = encodeBlock(values, start, min(start + BLOCK, count), to)
  return to
}

@inline
function deltaAt(values: usize, index: i32): i64 {
  const place = values + (<usize>index << 3)
  return load<i64>(place) - load<i64>(place - 8)
}

function encodeBlock(values: usize, start: i32, end: i32, out: usize): usize {
  let least = deltaAt(values, start)
  for (let i = start + 1; i < end; i++) least = min(least, deltaAt(values, i))
  const widths = encodeVarInt(zigZag(least), out)
  let to = widths + MINIBLOCKS
  for (let m = 0; m < MINIBLOCKS; m++) {
    const from = start + m * MINIBLOCK
    const until = min(from + MINIBLOCK, end)
    let bits: u64 = 0
    for (let i = from; i < until; i++) bits |= <u64>(deltaAt(values, i) - least)
    const width = 64 - <i32>clz(bits)
    store<u8>(widths + m, width)
    to = packMiniblock(values, from, until, least, width, to)
  }
  return to
}

/** Always `MINIBLOCK` values, the lowest bit first: zeros stand for those beyond `end`. */
function packMiniblock(values: usize, start: i32, end: i32, least: i64, width: i32, out: usize): usize {
  if (width == 0) return out
  memory.fill(out, 0, width * 4)
  let to = out
  let bits: u64 = 0
  let used = 0
  for (let i = start; i < end; i++) {
    const value = <u64>(deltaAt(values, i) - least)
    bits |= value << used
    used += width
    if (used >= 64) {
      store<u64>(to, bits)
      to += 8
      used -= 64
      bits = used == 0 ? 0 : value >> (width - used)
    }
  }
  // Whole miniblocks end at a multiple of 32 bits, which may be all that there is room for.
  if (used > 32) store<u64>(to, bits)
  else if (used > 0) store<u32>(to, <u32>bits)
  return out + width * 4
}

@inline
function zigZag(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63))
}
