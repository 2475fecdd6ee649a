import { randomFrom } from '../random.ts'

/** `size` distinct row numbers below `rows`, ascending; all of them where there are no more. (Floyd's algorithm.) */
export function sampleRows(rows: number, size: number, seed: number): number[] {
  if (size >= rows) return Array.from({ length: rows }, (_, row) => row)
  const next = randomFrom(seed)
  const chosen = new Set<number>()
  for (let last = rows - size; last < rows; last++) {
    const row = Math.floor(next() * (last + 1))
    chosen.add(chosen.has(row) ? last : row)
  }
  return [...chosen].sort((a, b) => a - b)
}
