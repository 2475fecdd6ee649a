import { DaysealError } from '../../errors.ts'
import { type Aggregator, extend, type GroupedRows } from './aggregator.ts'
import type { Scalar } from './batch-values.ts'
import { durations, extremes, ordered } from './extremes.ts'
import type { ColumnPlan } from './group-plan.ts'
import { distinctValues, type HeldValues, quantiles } from './held-values.ts'
import { both, passing, presence } from './passing-rows.ts'
import { doubleSums, integerSums, means } from './sums.ts'

/** `others`: the columns of the result by their places, which a ratio is made of. */
export function aggregatorOf(plan: ColumnPlan, held: HeldValues, others: readonly Aggregator[]): Aggregator {
  const { take, name } = plan
  switch (take.kind) {
    case 'rows':
      return counts((rows) => passing(take.where, rows))
    case 'count':
      return counts((rows) => both(presence(take.node, rows), passing(take.where, rows)))
    case 'sum':
      return take.node.kind === 'int64'
        ? integerSums(take.node, take.where, name)
        : doubleSums(take.node, take.where, name)
    case 'mean':
      return means(take.node, take.where, name)
    case 'min':
    case 'max':
      return extremes(take.node, take.kind)
    case 'first':
    case 'last':
      return ordered(take.node, take.by, take.kind)
    case 'distinct':
      return distinctValues(take.node, name, held)
    case 'quantile':
      return quantiles(take.node, take.q, name, held)
    case 'duration':
      return durations(take.node)
    case 'ratio':
      return {
        add() {},
        result: (group) => quotient(others[take.dividend]!.result(group), others[take.divisor]!.result(group), name),
      }
  }
}

function quotient(dividend: Scalar, divisor: Scalar, name: string): number | null {
  if (dividend === null || divisor === null || Number(divisor) === 0) return null
  const result = Number(dividend) / Number(divisor)
  if (Number.isFinite(result)) return result
  throw new DaysealError('usage', `groupBy.columns.${name}: a ratio is too great for a double`, {
    seen: `${dividend} / ${divisor}`,
    wanted: 'a finite double',
  })
}

function counts(mask: (rows: GroupedRows) => Uint8Array | undefined): Aggregator {
  const sums: number[] = []
  return {
    add(rows) {
      extend(sums, rows.count, 0)
      const { groups } = rows
      const passed = mask(rows)
      for (let row = 0; row < rows.rows; row++) sums[groups[row]!]! += passed === undefined ? 1 : passed[row]!
    },
    result: (group) => sums[group] ?? 0,
  }
}
