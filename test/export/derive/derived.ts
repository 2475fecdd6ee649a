import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Override } from '../../../lib/config.ts'
import { ByteBuffer } from '../../../lib/export/byte-buffer.ts'
import type { DerivedCounts } from '../../../lib/export/derive/derive.ts'
import { derive } from '../../../lib/export/derive/derive.ts'
import type { RejectedRow, RowSource } from '../../../lib/export/derive/row-source.ts'
import { jsonRows } from '../../../lib/export/json-text.ts'
import type { RowBatch } from '../../../lib/export/row-batch.ts'
import { derivationSchema } from '../../../lib/export/settings.ts'
import { fieldsOfNode } from '../../../lib/parquet/read-tree.ts'
import type { FieldJson } from '../../../lib/shred/schema-json.ts'
import { batchOf } from '../batch-of.ts'

/** What came of rows. */
export interface Derived {
  readonly columns: readonly FieldJson[]
  /** As lines of JSON, with the date of their batch. */
  readonly lines: readonly string[]
  readonly dates: readonly (string | undefined)[]
  readonly batches: readonly number[]
  readonly rejects: readonly RejectedRow[]
  readonly counts: DerivedCounts
}

export type Settings = Record<string, unknown>

/** Rows of one day, in batches of at most `size`. All lines must have the same columns. */
export function sourceOf(
  lines: readonly string[],
  overrides: Readonly<Record<string, Override>> = {},
  size = lines.length,
): RowSource {
  return sourceOfDays({ '2025-03-14': lines }, overrides, size)
}

export function sourceOfDays(
  days: Readonly<Record<string, readonly string[]>>,
  overrides: Readonly<Record<string, Override>> = {},
  size = Number.POSITIVE_INFINITY,
): RowSource {
  const batches: RowBatch[] = []
  for (const [date, lines] of Object.entries(days)) {
    for (let at = 0; at < lines.length; at += size) {
      batches.push(batchOf(lines.slice(at, at + size), overrides, date).batch)
    }
  }
  const [first] = batches
  const columns = (batch: RowBatch | undefined) => JSON.stringify(batch && fieldsOfNode(batch.root))
  if (batches.some((batch) => columns(batch) !== columns(first))) throw new Error('the batches have different columns')
  return {
    root: first!.root,
    async *batches() {
      yield* batches
    },
  }
}

/** The source's columns, and no rows. */
export function withoutRows({ root }: RowSource): RowSource {
  return { root, async *batches() {} }
}

export async function derived(source: RowSource, settings: Settings, batchRows = 1_000): Promise<Derived> {
  const scratch = await mkdtemp(join(tmpdir(), 'dayseal-derive-'))
  const rejects: RejectedRow[] = []
  try {
    const reject = async (row: RejectedRow) => {
      rejects.push(row)
    }
    const made = await derive(source, derivationSchema.parse(settings), { scratch, batchRows, reject })
    return { columns: fieldsOfNode(made.root), ...(await read(made)), rejects, counts: made.counts }
  } finally {
    await rm(scratch, { recursive: true })
  }
}

/** The rows as lines of JSON, and the batches that they come in. */
export async function read(rows: RowSource) {
  const text = jsonRows(rows.root)
  const out = new ByteBuffer()
  const lines: string[] = []
  const dates: (string | undefined)[] = []
  const batches: number[] = []
  for await (const batch of rows.batches()) {
    if (batch.root !== rows.root) throw new Error('a batch has another root')
    text.load(batch)
    for (let row = 0; row < batch.rows; row++) {
      out.length = 0
      text.write(out)
      lines.push(Buffer.from(out.bytes.subarray(0, out.length)).toString('utf8'))
      dates.push(batch.date)
    }
    batches.push(batch.rows)
  }
  return { lines, dates, batches }
}
