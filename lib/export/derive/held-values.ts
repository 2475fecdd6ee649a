import { DaysealError } from '../../errors.ts'
import { type Aggregator, extend } from './aggregator.ts'
import type { ScalarNode } from './batch-values.ts'
import { KeyCodes } from './group-keys.ts'
import { PairTable } from './pair-table.ts'

/** How many values aggregates hold. */
export interface HeldValues {
  /** @throws DaysealError `usage` when there are more than `maxValues` */
  hold(values: number, column: string): void
}

export function heldValues(maxValues: number): HeldValues {
  let held = 0
  return {
    hold(values, column) {
      held += values
      if (held <= maxValues) return
      throw new DaysealError('usage', `groupBy.columns.${column} and others like it hold too many values`, {
        seen: `more than ${maxValues}`,
        wanted: 'at most groupBy.maxValues values of distinct and quantile columns',
        hint: 'raise groupBy.maxValues if there is memory for them (about 80 bytes each), or group fewer rows',
      })
    },
  }
}

/** How many distinct values: exact. Memory: each distinct value, and each pair of a group and a value. */
export function distinctValues(node: ScalarNode, name: string, held: HeldValues): Aggregator {
  const codes = new KeyCodes({ node, cut: undefined })
  const pairs = new PairTable()
  const counts: number[] = []
  return {
    add({ values, rows, groups, count }) {
      extend(counts, count, 0)
      const numbers = codes.number(values)
      const before = pairs.count
      for (let row = 0; row < rows; row++) {
        const known = pairs.count
        const code = numbers[row]!
        const pair = pairs.numberOf(groups[row]!, code)
        if (pair === known && codes.value(code) !== null) counts[groups[row]!]!++
      }
      held.hold(pairs.count - before, name)
    },
    result: (group) => counts[group] ?? 0,
  }
}

/**
 * Exact, interpolated linearly between the two nearest values, as SQL's `quantile_cont` is; an int64 beyond 2^53 counts as
 * the double next to it. Memory: 12 to 24 bytes per value, and 12 more at the end.
 */
export function quantiles(node: ScalarNode, q: number, name: string, held: HeldValues): Aggregator {
  let taken = { values: new Float64Array(16), groups: new Uint32Array(16) }
  let count = 0
  let sorted: { readonly values: Float64Array; readonly ends: Uint32Array } | undefined
  return {
    add({ values, rows, groups }) {
      const column = values.of(node)
      const before = count
      for (let row = 0; row < rows; row++) {
        const value = column[row]!
        if (value === null) continue
        if (count === taken.values.length) taken = longer(taken)
        taken.groups[count] = groups[row]!
        taken.values[count++] = Number(value)
      }
      held.hold(count - before, name)
    },
    result(group) {
      sorted ??= sortByGroup(taken.values, taken.groups, count)
      const { values, ends } = sorted
      if (group >= ends.length) return null
      const start = group === 0 ? 0 : ends[group - 1]!
      return interpolate(values.subarray(start, ends[group]!), q)
    },
  }
}

function longer({ values, groups }: { values: Float64Array; groups: Uint32Array }) {
  const more = { values: new Float64Array(values.length * 2), groups: new Uint32Array(groups.length * 2) }
  more.values.set(values)
  more.groups.set(groups)
  return more
}

/** The values group by group, ascending, and where each group ends. */
function sortByGroup(values: Float64Array, groups: Uint32Array, count: number) {
  let most = -1
  for (let i = 0; i < count; i++) most = Math.max(most, groups[i]!)
  const ends = new Uint32Array(most + 1)
  for (let i = 0; i < count; i++) ends[groups[i]!]!++
  for (let group = 1; group <= most; group++) ends[group]! += ends[group - 1]!
  const sorted = new Float64Array(count)
  const free = ends.slice()
  for (let i = count - 1; i >= 0; i--) sorted[--free[groups[i]!]!] = values[i]!
  for (let group = 0; group <= most; group++) sorted.subarray(group === 0 ? 0 : ends[group - 1]!, ends[group]!).sort()
  return { values: sorted, ends }
}

function interpolate(values: Float64Array, q: number): number | null {
  if (values.length === 0) return null
  const place = (values.length - 1) * q
  const low = values[Math.floor(place)]!
  const high = values[Math.ceil(place)]!
  const share = place - Math.floor(place)
  const between = low + (high - low) * share
  return Number.isFinite(between) ? between : low * (1 - share) + high * share
}
