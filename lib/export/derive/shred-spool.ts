import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { Lines } from '../../shred/lines.ts'
import { compileRules } from '../../shred/rules.ts'
import { Shredder } from '../../shred/shredder.ts'
import type { Schema } from '../../shred/type.ts'
import type { RowBatch } from '../row-batch.ts'
import type { Spool } from './spool.ts'

/** A block is one batch, unless its absent values take too much room. Its lines are no deeper than functions may make them. */
const LIMITS = { maxDepth: 100, maxPaths: 2 ** 30, rowGroupBytes: 2 ** 30 }
const NEWLINE = 0x0a

/**
 * The rows of a spool as columns of the declared schema, which all of them fit. Each batch is good until the next one is
 * asked for. Memory: one block and its columns.
 */
export async function* shredSpool(spool: Spool, schema: Schema, root: RootNode): AsyncGenerator<RowBatch> {
  const shredder = new Shredder({ rules: compileRules({}, schema), base: schema, fixed: false, limits: LIMITS })
  try {
    for await (const { date, lines } of spool.read()) {
      for (let start = 0; start < lines.length; ) {
        start = takeLines(shredder, { bytes: lines, start, end: lines.length })
        if (!shredder.rowGroupFull && start < lines.length) continue
        const batch = shredder.rowGroup()!
        yield { root, rows: batch.rows, leaves: batch.leaves, date }
        shredder.clearRowGroup()
      }
    }
  } finally {
    shredder.free()
  }
}

/** Takes some lines, at least one; returns where they end. */
function takeLines(shredder: Shredder, lines: Lines): number {
  const taken = shredder.rows(lines, lines.bytes.length)
  if (taken.rows > 0) return taken.end
  const end = lines.bytes.indexOf(NEWLINE, lines.start)
  const reject = shredder.line(lines.bytes, lines.start, end)
  if (reject === undefined) return end + 1
  throw new DaysealError('internal', 'a row that functions made does not fit its columns', {
    seen: `${reject.reason}: ${reject.detail}`,
  })
}
