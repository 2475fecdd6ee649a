import { DaysealError } from '../../errors.ts'
import type { LeafTest } from '../rows/leaf-test.ts'
import { type Aggregator, extend, type GroupedRows } from './aggregator.ts'
import type { ScalarNode } from './batch-values.ts'
import { eachValue } from './passing-rows.ts'

/** Exact, whatever the sums on the way. */
function integerTotals(node: ScalarNode, where: readonly LeafTest[]) {
  const sums: (number | bigint)[] = []
  const numbers: number[] = []
  return {
    numbers,
    sums,
    add(rows: GroupedRows) {
      extend(sums, rows.count, 0)
      extend(numbers, rows.count, 0)
      eachValue(node, where, rows, (group, value) => {
        const sum = sums[group]!
        const quick = typeof sum === 'number' && typeof value === 'number' ? sum + value : Number.NaN
        sums[group] = Number.isSafeInteger(quick) ? quick : BigInt(sum) + BigInt(value)
        numbers[group]!++
      })
    },
  }
}

export function integerSums(node: ScalarNode, where: readonly LeafTest[], name: string): Aggregator {
  const { sums, numbers, add } = integerTotals(node, where)
  return {
    add,
    result(group) {
      if ((numbers[group] ?? 0) === 0) return null
      const sum = sums[group]!
      if (typeof sum === 'number' || BigInt.asIntN(64, sum) === sum) return sum
      throw beyond(name, node, String(sum), 'a sum within 64 bits')
    },
  }
}

/** Compensated (Neumaier 1974), so that the order of rows hardly matters. */
function doubleTotals(node: ScalarNode, where: readonly LeafTest[]) {
  const sums: number[] = []
  const rests: number[] = []
  const numbers: number[] = []
  return {
    numbers,
    total: (group: number) => sums[group]! + rests[group]!,
    add(rows: GroupedRows) {
      extend(sums, rows.count, 0)
      extend(rests, rows.count, 0)
      extend(numbers, rows.count, 0)
      eachValue(node, where, rows, (group, given) => {
        const value = given as number
        const before = sums[group]!
        const after = before + value
        rests[group]! += Math.abs(before) >= Math.abs(value) ? before - after + value : value - after + before
        sums[group] = after
        numbers[group]!++
      })
    },
  }
}

export function doubleSums(node: ScalarNode, where: readonly LeafTest[], name: string): Aggregator {
  const { numbers, total, add } = doubleTotals(node, where)
  return {
    add,
    result: (group) => ((numbers[group] ?? 0) === 0 ? null : finite(total(group), name, node)),
  }
}

export function means(node: ScalarNode, where: readonly LeafTest[], name: string): Aggregator {
  if (node.kind === 'int64') {
    const { sums, numbers, add } = integerTotals(node, where)
    return { add, result: (group) => ((numbers[group] ?? 0) === 0 ? null : Number(sums[group]) / numbers[group]!) }
  }
  const { numbers, total, add } = doubleTotals(node, where)
  return {
    add,
    result: (group) => ((numbers[group] ?? 0) === 0 ? null : finite(total(group), name, node) / numbers[group]!),
  }
}

function finite(sum: number, name: string, node: ScalarNode): number {
  if (Number.isFinite(sum)) return sum
  throw beyond(name, node, String(sum), 'a sum within the range of a double')
}

function beyond(name: string, node: ScalarNode, seen: string, wanted: string): DaysealError {
  return new DaysealError('usage', `groupBy.columns.${name}: the sum of ${node.name} is too great for its type`, {
    seen,
    wanted,
  })
}
