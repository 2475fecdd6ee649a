import { corrupt, wrongSize } from './read-tree.ts'

const BLOCK = 128
const MINIBLOCKS = 4
const MINIBLOCK = BLOCK / MINIBLOCKS
/** So many bytes beyond its own may be looked at for a value. */
const SLACK = 9

/**
 * The `count` integers that `data` holds in DELTA_BINARY_PACKED (Parquet format, Encodings.md), as Dayseal writes it, and
 * nothing else.
 * @throws DaysealError `corrupt`
 */
export function decodeDelta(data: Uint8Array, count: number): BigInt64Array<ArrayBuffer> {
  const place: Place = { data, at: 0 }
  expectVarInt(place, BLOCK, 'values in a block')
  expectVarInt(place, MINIBLOCKS, 'miniblocks in a block')
  expectVarInt(place, count, 'values')
  const first = readZigZag(place)
  const values = new BigInt64Array(count)
  if (count > 0) values[0] = first
  const padded = new DataView(new ArrayBuffer(data.length + SLACK))
  new Uint8Array(padded.buffer).set(data)
  for (let start = 1; start < count; start += BLOCK) {
    const least = readZigZag(place)
    const widthsAt = take(place, MINIBLOCKS)
    for (let from = start; from < start + BLOCK; from += MINIBLOCK) {
      const width = data[widthsAt + (from - start) / MINIBLOCK]!
      if (width > 64) throw corrupt('a page has values of too many bits', String(width), 'at most 64')
      const at = take(place, width * 4)
      addDifferences({ padded, at, width }, least, values, from, Math.min(from + MINIBLOCK, count))
    }
  }
  if (place.at !== data.length) throw wrongSize(data, place.at)
  return values
}

/** Where the next byte is. */
interface Place {
  readonly data: Uint8Array
  at: number
}

/** Steps over so many bytes, and returns where they begin. */
function take(place: Place, bytes: number): number {
  const { at } = place
  place.at += bytes
  if (place.at > place.data.length) throw wrongSize(place.data, place.at)
  return at
}

function readVarInt(place: Place): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = place.data[take(place, 1)]!
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  throw corrupt('a page has a number that is too long', 'more than 10 bytes', 'at most 10')
}

function readZigZag(place: Place): bigint {
  const value = readVarInt(place)
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
}

function expectVarInt(place: Place, wanted: number, what: string): void {
  const seen = readVarInt(place)
  if (seen !== BigInt(wanted)) throw corrupt(`a page has another number of ${what}`, String(seen), String(wanted))
}

/** Bit-packed from byte `at` on, the lowest bit first. */
interface Packed {
  readonly padded: DataView
  readonly at: number
  readonly width: number
}

/** Values [from, end): each is the one before, `least` and a packed difference. Two halves of 32 bits are faster than BigInt. */
function addDifferences(
  { padded, at, width }: Packed,
  least: bigint,
  values: BigInt64Array,
  from: number,
  end: number,
) {
  const halves = new Int32Array(values.buffer)
  const leastLow = Number(BigInt.asUintN(32, least))
  const leastHigh = Number(least >> 32n)
  const lowMask = maskOf(Math.min(width, 32))
  const highMask = maskOf(Math.max(width - 32, 0))
  let low = halves[from * 2 - 2]! >>> 0
  let high = halves[from * 2 - 1]!
  for (let i = from, bit = at * 8; i < end; i++, bit += width) {
    const byte = Math.floor(bit / 8)
    const shift = bit % 8
    const first = padded.getUint32(byte, true)
    const second = padded.getUint32(byte + 4, true)
    // Shifts are modulo 32: by 32 would be none.
    const lowBits = shift === 0 ? first : (first >>> shift) | (second << (32 - shift))
    const highBits = shift === 0 ? second : (second >>> shift) | (padded.getUint8(byte + 8) << (32 - shift))
    const sum = low + ((lowBits & lowMask) >>> 0) + leastLow
    low = sum >>> 0
    high = (high + (highBits & highMask) + leastHigh + Math.floor(sum / 2 ** 32)) | 0
    halves[i * 2] = low
    halves[i * 2 + 1] = high
  }
}

/** That many ones, at most 32. */
function maskOf(bits: number): number {
  return bits === 32 ? -1 : 2 ** bits - 1
}
