import { type Aggregator, extend } from './aggregator.ts'
import type { Scalar, ScalarNode } from './batch-values.ts'

type Value = NonNullable<Scalar>

/** The smallest or greatest value: numbers and times by value, texts by their UTF-8 bytes, false before true. */
export function extremes(node: ScalarNode, which: 'min' | 'max'): Aggregator {
  const best: Scalar[] = []
  const sign = which === 'min' ? -1 : 1
  return {
    add({ values, rows, groups, count }) {
      extend(best, count, null)
      const column = values.of(node)
      for (let row = 0; row < rows; row++) {
        const value = column[row]!
        if (value === null) continue
        const before = best[groups[row]!]!
        if (before === null || compare(value, before) * sign > 0) best[groups[row]!] = value
      }
    },
    result: (group) => best[group] ?? null,
  }
}

/**
 * The first or last value in the order of rows, or of the values of `by`: then rows where it is null are passed over, and
 * of rows that are equal there the first one is first, the last one last.
 */
export function ordered(node: ScalarNode, by: ScalarNode | undefined, which: 'first' | 'last'): Aggregator {
  const best: Scalar[] = []
  const places: Scalar[] = []
  return {
    add({ values, rows, groups, count }) {
      extend(best, count, null)
      extend(places, count, null)
      const column = values.of(node)
      const order = by && values.of(by)
      for (let row = 0; row < rows; row++) {
        const value = column[row]!
        const place = order === undefined ? 0 : order[row]!
        if (value === null || place === null) continue
        const group = groups[row]!
        const before = places[group]!
        if (before !== null) {
          const difference = compare(place, before)
          if (which === 'first' ? difference >= 0 : difference < 0) continue
        }
        best[group] = value
        places[group] = place
      }
    },
    result: (group) => best[group] ?? null,
  }
}

const MICROS_PER_SECOND = 1_000_000

/** Seconds from the earliest to the latest moment. */
export function durations(node: ScalarNode): Aggregator {
  const first: (number | bigint | null)[] = []
  const last: (number | bigint | null)[] = []
  return {
    add({ values, rows, groups, count }) {
      extend(first, count, null)
      extend(last, count, null)
      const moments = values.momentsOf(node)
      for (let row = 0; row < rows; row++) {
        const moment = moments[row]!
        if (moment === null) continue
        const group = groups[row]!
        const [from, to] = [first[group]!, last[group]!]
        if (from === null || moment < from) first[group] = moment
        if (to === null || moment > to) last[group] = moment
      }
    },
    result(group) {
      const [from, to] = [first[group] ?? null, last[group] ?? null]
      return from === null || to === null ? null : Number(BigInt(to) - BigInt(from)) / MICROS_PER_SECOND
    },
  }
}

/** Of values of one column. */
function compare(a: Value, b: Value): number {
  if (a === b) return 0
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

const FIRST_SURROGATE = 0xd800

/** As their UTF-8 bytes compare, which for characters beyond the BMP is not as their UTF-16 units do. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  if (at === length) return a.length - b.length
  const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
  if (x < FIRST_SURROGATE || y < FIRST_SURROGATE) return x - y
  return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
}

function isSurrogate(unit: number): boolean {
  return unit <= 0xdfff
}
