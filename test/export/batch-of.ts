import type { Override } from '../../lib/config.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import type { ColumnBatch } from '../../lib/shred/batch.ts'
import { ownedColumn } from '../../lib/shred/owned-column.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { Shredder } from '../../lib/shred/shredder.ts'
import type { Schema } from '../../lib/shred/type.ts'

/** Rows as an export's columns, and as the columns that `createFileWriter` takes. */
export interface TestBatch {
  readonly batch: RowBatch
  readonly columns: ColumnBatch
}

const LIMITS = { maxDepth: 128, maxPaths: 20_000, rowGroupBytes: 2 ** 30 }

/** JSON lines → columns, with the schema that Dayseal finds in them. Throws for a line that is no row. */
export function batchOf(
  lines: readonly string[],
  overrides: Readonly<Record<string, Override>> = {},
  date = '2025-03-14',
): TestBatch {
  const learner = shredderOf([], false, overrides)
  takeLines(learner, lines)
  const { schema } = learner.finish()
  learner.free()
  const shredder = shredderOf(schema, true, overrides)
  takeLines(shredder, lines)
  const columns = shredder.rowGroup()
  if (columns === undefined) throw new Error('the lines have no columns')
  // The shredder's arrays are its own.
  const own = { ...columns, leaves: columns.leaves.map(ownedColumn) }
  shredder.free()
  return { columns: own, batch: rowBatch(own, date) }
}

/** The same columns with the tree that a reader of their file would make. */
export function rowBatch({ schema, rows, leaves }: ColumnBatch, date: string | undefined): RowBatch {
  return { root: schemaTree(schema), rows, leaves, date }
}

function shredderOf(base: Schema, fixed: boolean, overrides: Readonly<Record<string, Override>>): Shredder {
  return new Shredder({ rules: compileRules(overrides, undefined), base, fixed, limits: LIMITS })
}

function takeLines(shredder: Shredder, lines: readonly string[]): void {
  for (const line of lines) {
    const bytes = Buffer.from(line)
    const reject = shredder.line(bytes, 0, bytes.length)
    if (reject !== undefined) throw new Error(`${reject.reason}: ${reject.detail}\n${line.slice(0, 200)}`)
  }
}
