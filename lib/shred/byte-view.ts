/** Bytes, and the same bytes four at a time: one load instead of four, at any offset. */
export interface ByteView {
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function byteView(bytes: Uint8Array): ByteView {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/** The bytes of [start, end) as text. They must be UTF-8. */
export function textOf({ bytes }: ByteView, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** A step of `hashOf`: four bytes more, little-endian. */
export function hashWord(hash: number, word: number): number {
  return Math.imul(((hash << 5) | (hash >>> 27)) ^ word, 0x9e3779b1)
}

/** The end of `hashOf`: the last bytes, zeros above them, of a string of `length` bytes. A table masks the low bits. */
export function hashEnd(hash: number, tail: number, length: number): number {
  const last = hashWord(hash, tail ^ length)
  return last ^ (last >>> 15)
}

/** Multiplicative, four bytes at a time: a multiplication waits for the one before, so fewer of them are faster. */
export function hashOf({ bytes, view }: ByteView, start: number, end: number): number {
  let hash = 0
  let at = start
  for (; at + 4 <= end; at += 4) hash = hashWord(hash, view.getInt32(at, true))
  return hashEnd(hash, tailOf(bytes, at, end), end - start)
}

/** At most three bytes as a number, little-endian. */
export function tailOf(bytes: Uint8Array, start: number, end: number): number {
  let tail = 0
  for (let i = end - 1; i >= start; i--) tail = (tail << 8) | bytes[i]!
  return tail
}

/** Below this a loop copies faster than a call does. */
const SHORT = 64

/** Copies the bytes of [start, end) to `to` at `at`: one load and four stores at a time. */
export function copyBytes(from: ByteView, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start >= SHORT) return to.set(from.bytes.subarray(start, end), at)
  let i = start
  let into = at
  for (; i + 4 <= end; i += 4, into += 4) {
    const word = from.view.getInt32(i, true)
    to[into] = word
    to[into + 1] = word >> 8
    to[into + 2] = word >> 16
    to[into + 3] = word >> 24
  }
  for (; i < end; i++, into++) to[into] = from.bytes[i]!
}
