import { byteView } from '../shred/byte-view.ts'

/**
 * Bytes as LZ77 has them: stretches of literals, each followed by a repeat of what came before. Per stretch three
 * numbers in `steps`: how many literals, how long the repeat is, how far back it lies. What is left are literals.
 */
export interface Repeats {
  readonly steps: Uint32Array
  readonly count: number
}

/** A repeat is at least so long, and lies at most so far back: what LZ4's and Snappy's two-byte offsets reach. */
export const MIN_REPEAT = 4
const MAX_DISTANCE = 65_535

/** LZ4 block format, "End of block conditions": the last repeat begins at least 12 bytes before the end, the last 5 bytes are literals. */
const LAST_START = 12
const LAST_LITERALS = 5

const MAX_TABLE_BITS = 15
/** The search steps over one byte more after each so many misses: bytes that do not repeat are passed quickly. */
const MISSES_BITS = 6

let steps = new Uint32Array(2 ** 12)
const table = new Int32Array(2 ** MAX_TABLE_BITS)

/**
 * Finds repeats greedily, with one candidate per hash of four bytes. The result is good until the next call. The same
 * bytes give the same result. Memory: 128 KiB, and 12 bytes per stretch, at most 3 bytes per byte.
 */
export function findRepeats(bytes: Uint8Array): Repeats {
  const { view } = byteView(bytes)
  const bits = Math.min(MAX_TABLE_BITS, Math.max(4, 32 - Math.clz32(bytes.length)))
  const shift = 32 - bits
  table.fill(-1, 0, 2 ** bits)
  const lastStart = bytes.length - LAST_START
  let count = 0
  let literals = 0
  let at = 0
  let misses = 0
  while (at <= lastStart) {
    const word = view.getInt32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> shift
    const candidate = table[slot]!
    table[slot] = at
    if (candidate < 0 || at - candidate > MAX_DISTANCE || view.getInt32(candidate, true) !== word) {
      at += 1 + (misses++ >> MISSES_BITS)
      continue
    }
    const end = endOfRepeat(bytes, view, candidate, at)
    count = addStep(count, at - literals, end - at, at - candidate)
    at = end
    literals = end
    misses = 0
  }
  return { steps, count }
}

function endOfRepeat(bytes: Uint8Array, view: DataView, candidate: number, start: number): number {
  const limit = bytes.length - LAST_LITERALS
  let from = candidate + MIN_REPEAT
  let at = start + MIN_REPEAT
  while (at + 4 <= limit && view.getInt32(from, true) === view.getInt32(at, true)) {
    from += 4
    at += 4
  }
  while (at < limit && bytes[from] === bytes[at]) {
    from++
    at++
  }
  return at
}

function addStep(count: number, literals: number, length: number, distance: number): number {
  const at = count * 3
  if (at + 3 > steps.length) {
    const longer = new Uint32Array(steps.length * 2)
    longer.set(steps)
    steps = longer
  }
  steps[at] = literals
  steps[at + 1] = length
  steps[at + 2] = distance
  return count + 1
}

/** Below this a loop copies faster than a call does. */
const SHORT = 64

/** Copies bytes[start, end) to `at` of `out`. Returns where they end there. */
export function copyLiterals(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (end - start >= SHORT) out.set(bytes.subarray(start, end), at)
  else for (let i = start, j = at; i < end; i++, j++) out[j] = bytes[i]!
  return at + end - start
}
