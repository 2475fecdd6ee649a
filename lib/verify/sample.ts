/**
 * Marsaglia's xorshift mixed by a Weyl step ("mulberry32"): 2^32 states, good enough to pick rows, and the same on every
 * machine. Gives numbers in [0, 1).
 */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `size` distinct row numbers below `rows`, ascending; all of them where there are no more. (Floyd's algorithm.) */
export function sampleRows(rows: number, size: number, seed: number): number[] {
  if (size >= rows) return Array.from({ length: rows }, (_, row) => row)
  const next = random(seed)
  const chosen = new Set<number>()
  for (let last = rows - size; last < rows; last++) {
    const row = Math.floor(next() * (last + 1))
    chosen.add(chosen.has(row) ? last : row)
  }
  return [...chosen].sort((a, b) => a - b)
}
