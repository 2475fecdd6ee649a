import type { Bound } from './read.ts'

/** Negative, zero or positive; NaN where the two are not of one type. */
export function compareBounds(a: Bound, b: Bound): number {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) : Number.NaN
  }
  if (typeof a !== typeof b) return Number.NaN
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
}
