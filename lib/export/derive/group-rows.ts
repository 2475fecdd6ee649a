import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { Field, ScalarKind, Type } from '../../shred/type.ts'
import type { RowBatch } from '../row-batch.ts'
import { columnsOf } from '../rows/dataset-columns.ts'
import type { Aggregator } from './aggregator.ts'
import { aggregatorOf } from './aggregators.ts'
import { BatchValues, type Scalar } from './batch-values.ts'
import { buildColumn } from './build-column.ts'
import { GroupKeys } from './group-keys.ts'
import type { GroupPlan } from './group-plan.ts'
import { heldValues } from './held-values.ts'
import type { DeriveOptions, RowSource } from './row-source.ts'

export interface GroupCounts {
  /** Rows of the source, and groups. */
  readonly read: number
  readonly groups: number
}

/**
 * One row per group, in the order in which the rows bring them: the keys, then the columns. Without keys there is one row,
 * also where there is nothing to group. The types come from the source's columns alone. A group whose rows are all of one
 * sealed day keeps its date. Null is a key like any other.
 *
 * Memory: a batch of the source; per group its keys and 8 to 24 bytes per column; what `distinct` and `quantile` hold.
 * @throws DaysealError `usage` beyond `maxGroups` or `maxValues`, for a sum that its type cannot hold, and for a text that
 * should be a time
 */
export async function groupRows(
  source: RowSource,
  plan: GroupPlan,
  { batchRows, signal }: Pick<DeriveOptions, 'batchRows' | 'signal'>,
): Promise<{ readonly rows: RowSource; readonly counts: GroupCounts }> {
  const keys = new GroupKeys(plan.keys)
  const held = heldValues(plan.maxValues)
  const columns: Aggregator[] = []
  for (const column of plan.columns) columns.push(aggregatorOf(column, held, columns))
  const values = new BatchValues()
  const dates = new GroupDates()
  let read = 0
  for await (const batch of source.batches()) {
    signal?.throwIfAborted()
    values.load(batch)
    const groups = keys.number(values)
    if (keys.count > plan.maxGroups) throw tooManyGroups(plan)
    const rows = { values, rows: batch.rows, groups, count: keys.count }
    for (const column of columns) column.add(rows)
    dates.add(batch, groups)
    read += batch.rows
  }
  const kinds = [...plan.keys.map(keyKind), ...plan.columns.map(({ kind }) => kind)]
  const names = [...plan.keys, ...plan.columns].map(({ name }) => name)
  const { root } = columnsOf(names.map((name, i) => fieldOf(name, kinds[i]!)))
  const row = (group: number) => [...keys.keysOf(group), ...columns.map((column) => column.result(group))]
  const result = { kinds, root, row, dates, groups: keys.count, batchRows }
  return { rows: { root, batches: () => resultBatches(result) }, counts: { read, groups: keys.count } }
}

function keyKind({ node, cut }: GroupPlan['keys'][number]): ScalarKind {
  return cut === undefined ? node.kind : 'timestamp'
}

function fieldOf(name: string, kind: ScalarKind): Field {
  const type: Type = kind === 'int64' ? { kind, exact: true } : { kind }
  return { key: name, name, type }
}

interface Result {
  readonly kinds: readonly ScalarKind[]
  readonly root: RootNode
  readonly row: (group: number) => Scalar[]
  readonly dates: GroupDates
  readonly groups: number
  readonly batchRows: number
}

async function* resultBatches({ kinds, root, row, dates, groups, batchRows }: Result): AsyncGenerator<RowBatch> {
  for (let start = 0; start < groups; ) {
    const date = dates.of(start)
    let end = start + 1
    while (end < groups && end - start < batchRows && dates.of(end) === date) end++
    const rows = Array.from({ length: end - start }, (_, i) => row(start + i))
    const leaves = kinds.map((kind, column) =>
      buildColumn(
        kind,
        rows.map((cells) => cells[column]!),
      ),
    )
    yield { root, rows: rows.length, leaves, date }
    start = end
  }
}

const SEVERAL = -1

/** Of which sealed day the rows of each group are. */
class GroupDates {
  private readonly dates: (string | undefined)[] = []
  private readonly byGroup: number[] = []

  add({ date, rows }: RowBatch, groups: Uint32Array): void {
    if (!this.dates.includes(date)) this.dates.push(date)
    const day = this.dates.indexOf(date)
    const { byGroup } = this
    for (let row = 0; row < rows; row++) {
      const group = groups[row]!
      const known = byGroup[group]
      if (known === undefined) byGroup[group] = day
      else if (known !== day) byGroup[group] = SEVERAL
    }
  }

  of(group: number): string | undefined {
    const day = this.byGroup[group] ?? SEVERAL
    return day === SEVERAL ? undefined : this.dates[day]
  }
}

function tooManyGroups({ maxGroups }: GroupPlan): DaysealError {
  return new DaysealError('usage', 'groupBy makes too many groups', {
    seen: `more than ${maxGroups}`,
    wanted: 'at most groupBy.maxGroups of them',
    hint: 'raise groupBy.maxGroups if there is memory for them, or group by fewer columns or longer times',
  })
}
