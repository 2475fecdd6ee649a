/*
 * The RLE / bit-packing hybrid of Parquet (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"), from typed arrays
 * into a byte array: levels, dictionary ids, and (the packing alone) plain booleans.
 */

/** Values are at most this wide: a value and what is left of the one before fit in 31 bits. */
export const MAX_BIT_WIDTH = 24

/** The bits that values of 0 … `max` need. */
export function bitWidth(max: number): number {
  return 32 - Math.clz32(max)
}

/** No encoding of `count` values is longer. Each run or group of 8 takes a header and at most `width` bytes. */
export function maxHybridBytes(count: number, width: number): number {
  return Math.ceil(count / 8) * (width + 2) + 8
}

/**
 * Writes values[start, end) to `out` at `at` and returns where they end. A run of 8 or more equal values becomes an RLE
 * run, all else bit-packed groups of 8.
 */
export function encodeHybrid(
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  let to = at
  let packedFrom = start
  let i = start
  while (i < end) {
    const value = values[i]!
    let runEnd = i + 1
    while (runEnd < end && values[runEnd] === value) runEnd++
    if (runEnd - i >= 8) {
      if (packedFrom < i) to = encodeGroups(values, packedFrom, i, width, out, to)
      to = encodeRun(value, runEnd - i, width, out, to)
      i = runEnd
      packedFrom = i
    } else {
      i += 8
    }
  }
  return packedFrom < end ? encodeGroups(values, packedFrom, end, width, out, to) : to
}

/** `count` times `value`. */
function encodeRun(value: number, count: number, width: number, out: Uint8Array, at: number): number {
  let to = encodeVarInt(count * 2, out, at)
  for (let bits = 0; bits < width; bits += 8) out[to++] = value >>> bits
  return to
}

function encodeGroups(
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  const groups = Math.ceil((end - start) / 8)
  const from = encodeVarInt(groups * 2 + 1, out, at)
  const to = from + groups * width
  out.fill(0, packBits(values, start, end, width, out, from), to)
  return to
}

/** Packs values[start, end), the lowest bit first, and pads the last byte with zeros. Returns where they end. */
export function packBits(
  values: Uint8Array | Uint32Array,
  start: number,
  end: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  let to = at
  let bits = 0
  let used = 0
  for (let i = start; i < end; i++) {
    bits |= values[i]! << used
    used += width
    while (used >= 8) {
      out[to++] = bits
      bits >>>= 8
      used -= 8
    }
  }
  if (used > 0) out[to++] = bits
  return to
}

function encodeVarInt(value: number, out: Uint8Array, at: number): number {
  let to = at
  let rest = value
  while (rest > 0x7f) {
    out[to++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 128)
  }
  out[to++] = rest
  return to
}
