import { configSchema, type Override } from '../../lib/config.ts'
import type { Ledger } from '../../lib/convert/ledger.ts'
import type { Quarantine } from '../../lib/convert/quarantine.ts'
import { openSource, readSource } from '../../lib/convert/read-source.ts'
import type { ColumnBatch } from '../../lib/shred/batch.ts'
import { nameEmpty } from '../../lib/shred/empty-names.ts'
import type { Line } from '../../lib/shred/lines.ts'
import { ownedColumn } from '../../lib/shred/owned-column.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { type FieldJson, schemaFromJson } from '../../lib/shred/schema-json.ts'
import { Shredder } from '../../lib/shred/shredder.ts'
import { pruneSchema, type Schema } from '../../lib/shred/type.ts'
import { memoryStore } from '../property/memory-store.ts'

/** How an hour is scanned. */
export interface ScanOptions {
  readonly overrides: Readonly<Record<string, Override>>
  /** The columns of strict mode. */
  readonly declared: readonly FieldJson[] | undefined
  readonly rowGroupBytes: number
  readonly maxLineBytes: number
  /** Of the reads. */
  readonly pieceBytes: number
}

export const PLAIN_SCAN: ScanOptions = {
  overrides: {},
  declared: undefined,
  rowGroupBytes: 2 ** 25,
  maxLineBytes: 2 ** 24,
  pieceBytes: 2 ** 16,
}

export interface Rejected {
  readonly number: number
  readonly offset: number
  readonly reason: string
  readonly bytes: Buffer
}

/** What the product made of an hour's bytes, before it is written as Parquet. */
export interface Scanned {
  readonly counts: Pick<Ledger['sources'][number], 'lines_read' | 'blank' | 'rows_written' | 'rows_quarantined'>
  readonly columns: Schema
  readonly profile: Profile
  readonly batches: readonly ColumnBatch[]
  readonly rejects: readonly Rejected[]
}

const LIMITS = configSchema.parse({ datasets: { d: { archive: { location: 'a' }, out: 'o' } } }).datasets.d!.limits
export const { maxDepth: MAX_DEPTH } = LIMITS

/** Scans an hour as its conversion does: once, and again with the columns that were found where these came too late. */
export async function scan(bytes: Uint8Array, options: ScanOptions): Promise<Scanned> {
  const first = await scanPass(bytes, options, [], false)
  return first.complete ? first : { ...(await scanPass(bytes, options, first.schema, true)), profile: first.profile }
}

async function scanPass(bytes: Uint8Array, options: ScanOptions, base: Schema, fixed: boolean) {
  const { overrides, declared, maxLineBytes, rowGroupBytes, pieceBytes } = options
  const rules = compileRules(overrides, declared && schemaFromJson(declared))
  const limits = { ...LIMITS, maxLineBytes }
  const shredder = new Shredder({ rules, base, fixed, limits: { ...limits, rowGroupBytes } })
  const archive = memoryStore([['00.jsonl', bytes]], pieceBytes)
  const source = (await archive.head('00.jsonl'))!
  const batches: ColumnBatch[] = []
  const writeRowGroup = async () => {
    const batch = shredder.rowGroup()
    if (batch !== undefined) batches.push({ ...batch, leaves: batch.leaves.map(ownedColumn) })
    shredder.clearRowGroup()
  }
  const { rejects, quarantine } = rejectList()
  const opened = openSource(archive, source, limits, undefined)
  const reading = { ...opened, hour: '00', limits, shredder, quarantine, writeRowGroup }
  const { lines_read, blank, rows_written, rows_quarantined } = await readSource(reading)
  await writeRowGroup()
  const result = shredder.finish()
  const columns = nameEmpty(rules.declared ?? pruneSchema(result.schema))
  return { ...result, columns, batches, rejects, counts: { lines_read, blank, rows_written, rows_quarantined } }
}

/** A quarantine in memory; a line that comes in pieces is put together again. */
function rejectList(): { readonly rejects: readonly Rejected[]; readonly quarantine: Quarantine } {
  const rejects: Rejected[] = []
  const add = (_: string, { bytes, start, end, number, offset, piece }: Line, reason: string) => {
    const piecesBefore = piece === undefined || piece.part === 1 ? undefined : rejects.pop()
    const copy = Buffer.from(bytes.subarray(start, end))
    rejects.push(
      piecesBefore === undefined
        ? { number, offset, reason, bytes: copy }
        : { ...piecesBefore, bytes: Buffer.concat([piecesBefore.bytes, copy]) },
    )
  }
  const nothing = async () => undefined
  return { rejects, quarantine: { add, flush: nothing, finish: async () => null, commit: nothing, abort: nothing } }
}
