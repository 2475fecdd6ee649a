import { randomFrom } from '../../lib/random.ts'

/** Numbers that are the same for the same seed on every machine. */
export interface Random {
  /** A number in [0, 1). */
  next(): number
  /** A whole number in [from, to]. */
  int(from: number, to: number): number
  pick<T>(items: readonly T[]): T
  chance(share: number): boolean
}

export function seededRandom(seed: number): Random {
  const next = randomFrom(seed)
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  return {
    next,
    int,
    pick: (items) => items[int(0, items.length - 1)]!,
    chance: (share) => next() < share,
  }
}
