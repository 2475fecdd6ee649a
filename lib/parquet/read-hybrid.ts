import { corrupt } from './read-tree.ts'

/**
 * Fills `out` from the RLE / bit-packing hybrid encoding in bytes [start, end) (Parquet format, Encodings.md, "RLE = 3").
 * Returns where it ended. Unlike a lenient reader it takes no run that is longer than what is wanted, so that no
 * altered count can make it work on: only the last group of eight may be padded.
 * @throws DaysealError `corrupt`
 */
export function readHybrid(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  out: Uint8Array | Uint32Array,
): number {
  if (width > 32) throw corrupt('a page has values of too many bits', String(width), 'at most 32')
  const valueBytes = (width + 7) >> 3
  let at = start
  let filled = 0
  while (filled < out.length) {
    let header = 0
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      if (at >= end || shift > 28)
        throw corrupt('a page ends within its levels or ids', `byte ${at}`, `${out.length} values`)
      byte = bytes[at++]!
      header += (byte & 0x7f) * 2 ** shift
    }
    const wanted = out.length - filled
    const packed = (header & 1) === 1
    const count = Math.floor(header / 2) * (packed ? 8 : 1)
    const size = packed ? (count / 8) * width : valueBytes
    if (count === 0 || count - (packed ? 7 : 0) > wanted || at + size > end) {
      throw corrupt('a page has a run that is too long', `${count} values in ${size} bytes`, `${wanted} in ${end - at}`)
    }
    if (packed && width <= 24) unpack(bytes, at, width, out, filled, Math.min(count, wanted))
    else if (packed) unpackWide(bytes, at, width, out, filled, Math.min(count, wanted))
    else out.fill(littleEndian(bytes, at, valueBytes), filled, filled + count)
    filled += Math.min(count, wanted)
    at += size
  }
  return at
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value += bytes[at + i]! * 2 ** (8 * i)
  return value
}

/** Bit-packed values of at most 24 bits, lowest bit first. `at` is the start of the run. */
function unpack(
  bytes: Uint8Array,
  at: number,
  width: number,
  out: Uint8Array | Uint32Array,
  from: number,
  count: number,
): void {
  let held = 0
  let bits = 0
  let next = at
  const mask = 2 ** width - 1
  for (let i = from; i < from + count; i++) {
    // At most 23 + 8 bits are held.
    for (; bits < width; bits += 8) held |= bytes[next++]! << bits
    out[i] = held & mask
    held >>>= width
    bits -= width
  }
}

/** The same of up to 32 bits. */
function unpackWide(
  bytes: Uint8Array,
  at: number,
  width: number,
  out: Uint8Array | Uint32Array,
  from: number,
  count: number,
): void {
  let held = 0
  let bits = 0
  let next = at
  const divisor = 2 ** width
  for (let i = 0; i < count; i++) {
    // At most 32 + 7 bits are held: exact in a double.
    for (; bits < width; bits += 8) held += bytes[next++]! * 2 ** bits
    out[from + i] = held % divisor
    held = Math.floor(held / divisor)
    bits -= width
  }
}
