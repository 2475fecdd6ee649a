import type { RowBatch } from '../row-batch.ts'
import type { Selection } from '../settings.ts'
import { columnsOf } from './dataset-columns.ts'
import type { RowSource } from './open-rows.ts'
import { NO_ROWS, type RowCounts } from './select-rows.ts'

/**
 * The rows of days that have no column between them: batches without leaves. What the selection may name all the same
 * (`absentColumns`) is null in all of them.
 */
export function rowsWithoutColumns(
  days: readonly { readonly date: string; readonly rows: number }[],
  { time, where, limit = Number.POSITIVE_INFINITY }: Selection,
  batchRows: number,
): Omit<RowSource, 'absent'> {
  const { root } = columnsOf([])
  const inTime = time?.from === undefined && time?.to === undefined
  const selected = inTime && Object.values(where).every((value) => [value].flat().includes(null))
  let counts: RowCounts = NO_ROWS

  async function* batches(): AsyncGenerator<RowBatch> {
    counts = NO_ROWS
    let left = selected ? limit : 0
    for (const { date, rows } of days) {
      counts = { ...counts, rowsRead: counts.rowsRead + rows }
      for (let rest = Math.min(rows, left); rest > 0; ) {
        const some = Math.min(rest, batchRows)
        rest -= some
        left -= some
        counts = { ...counts, rowsSelected: counts.rowsSelected + some }
        yield { root, rows: some, leaves: [], date }
      }
    }
  }

  return { root, schema: [], counts: () => counts, batches }
}
