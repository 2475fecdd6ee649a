import { copyLiterals, findRepeats, MIN_REPEAT } from './repeats.ts'

/** A length of 15 or more goes on in further bytes (LZ4 block format, "Token"). */
const TOKEN_MAX = 15
const BYTE_MAX = 255

/**
 * One LZ4 block (LZ4 block format: sequences of token, literals, offset), without a size before it: what Parquet calls
 * LZ4_RAW. Memory: as `findRepeats`, and the output twice.
 */
export function lz4Block(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { steps, count } = findRepeats(bytes)
  // Bytes that do not repeat take one more per 255, and a repeat takes no more bytes than it stands for.
  const out = new Uint8Array(bytes.length + Math.ceil(bytes.length / BYTE_MAX) + 16)
  let from = 0
  let to = 0
  for (let i = 0; i < count * 3; i += 3) {
    const [literals, length, distance] = [steps[i]!, steps[i + 1]! - MIN_REPEAT, steps[i + 2]!]
    to = writeLiterals(out, to, bytes, from, literals, length)
    out[to++] = distance
    out[to++] = distance >> 8
    to = writeRest(out, to, length)
    from += literals + length + MIN_REPEAT
  }
  // The last sequence has literals alone.
  return out.slice(0, writeLiterals(out, to, bytes, from, bytes.length - from, 0))
}

/** The token, then the literals' length as far as the token cannot say it, then the literals. */
function writeLiterals(
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  from: number,
  literals: number,
  length: number,
): number {
  out[at] = (Math.min(literals, TOKEN_MAX) << 4) | Math.min(length, TOKEN_MAX)
  const start = writeRest(out, at + 1, literals)
  return copyLiterals(bytes, from, from + literals, out, start)
}

function writeRest(out: Uint8Array, at: number, length: number): number {
  if (length < TOKEN_MAX) return at
  let rest = length - TOKEN_MAX
  let to = at
  for (; rest >= BYTE_MAX; rest -= BYTE_MAX) out[to++] = BYTE_MAX
  out[to++] = rest
  return to
}
