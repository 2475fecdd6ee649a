import { copyLiterals, findRepeats } from './repeats.ts'

/** Snappy format description, "2. The compressed stream": the low two bits of a tag. */
const LITERAL = 0
const COPY_1 = 1
const COPY_2 = 2

const MAX_COPY = 64
/** A literal's length, less one, is in its tag up to here; beyond it the tag says in how many bytes it follows. */
const MAX_SHORT_LITERAL = 60

/** Raw Snappy: the length as a varint, then literals and copies. Memory: as `findRepeats`, and the output twice. */
export function snappy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { steps, count } = findRepeats(bytes)
  // A literal takes at most five bytes more than it has, and a copy fewer bytes than the repeat; five more for the length.
  const out = new Uint8Array(bytes.length + count * 5 + 16)
  let to = writeVarint(out, 0, bytes.length)
  let from = 0
  for (let i = 0; i < count * 3; i += 3) {
    const [literals, length, distance] = [steps[i]!, steps[i + 1]!, steps[i + 2]!]
    to = writeLiteral(out, to, bytes, from, from + literals)
    to = writeCopies(out, to, length, distance)
    from += literals + length
  }
  return out.slice(0, writeLiteral(out, to, bytes, from, bytes.length))
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value
  let to = at
  for (; rest >= 0x80; rest >>>= 7) out[to++] = (rest & 0x7f) | 0x80
  out[to++] = rest
  return to
}

/** bytes[start, end): one literal, or nothing. */
function writeLiteral(out: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return at
  const size = end - start - 1
  let to = at + 1
  if (size < MAX_SHORT_LITERAL) {
    out[at] = (size << 2) | LITERAL
  } else {
    for (let rest = size; rest > 0; rest >>>= 8) out[to++] = rest
    out[at] = ((MAX_SHORT_LITERAL - 1 + to - at - 1) << 2) | LITERAL
  }
  return copyLiterals(bytes, start, end, out, to)
}

/** A copy is of 4 to 64 bytes, so what is left after one of 64 has to be 4 at least. */
function writeCopies(out: Uint8Array, at: number, length: number, distance: number): number {
  let to = at
  let rest = length
  while (rest > MAX_COPY) {
    const size = rest - MAX_COPY < 4 ? MAX_COPY - 4 : MAX_COPY
    to = writeCopy(out, to, size, distance)
    rest -= size
  }
  return writeCopy(out, to, rest, distance)
}

function writeCopy(out: Uint8Array, at: number, length: number, distance: number): number {
  if (length < 12 && distance < 2048) {
    out[at] = ((distance >> 8) << 5) | ((length - 4) << 2) | COPY_1
    out[at + 1] = distance
    return at + 2
  }
  out[at] = ((length - 1) << 2) | COPY_2
  out[at + 1] = distance
  out[at + 2] = distance >> 8
  return at + 3
}
