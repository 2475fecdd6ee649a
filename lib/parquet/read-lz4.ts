const MIN_MATCH = 4
const TOKEN_MAX = 15
const BYTE_MAX = 255

/**
 * The content of one LZ4 block, which must be `size` bytes (LZ4 block format: sequences of token, literals, distance).
 * @throws RangeError for anything else
 */
export function readLz4Block(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  let to = 0
  const length = (nibble: number) => {
    let sum = nibble
    for (let byte = nibble === TOKEN_MAX ? BYTE_MAX : 0; byte === BYTE_MAX; sum += byte) byte = next()
    return sum
  }
  const next = () => {
    if (at >= bytes.length) throw new RangeError('the block ends within a sequence')
    return bytes[at++]!
  }
  while (true) {
    const token = next()
    const literals = length(token >> 4)
    if (literals > bytes.length - at || literals > size - to) throw new RangeError('literals beyond the end')
    out.set(bytes.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at === bytes.length) break
    const distance = next() | (next() << 8)
    const match = length(token & TOKEN_MAX) + MIN_MATCH
    if (distance === 0 || distance > to || match > size - to) throw new RangeError('a match beyond the ends')
    // The match may reach into what it makes.
    for (const end = to + match; to < end; to++) out[to] = out[to - distance]!
  }
  if (to !== size) throw new RangeError(`the block holds ${to} bytes`)
  return out
}
