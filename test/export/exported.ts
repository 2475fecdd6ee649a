import type { Format, WrittenRows } from '../../lib/export/format.ts'
import { FORMATS, type FormatName, type FormatOptions } from '../../lib/export/format-options.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import { schemaFromJson, type TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { rowBatch } from './batch-of.ts'
import { memoryTarget } from './written.ts'

/* Rows through a format into memory. */

export interface Exported {
  readonly text: string
  readonly written: WrittenRows
}

export interface ExportedRows {
  readonly schema: Schema
  /** Batches. */
  readonly rows: readonly (readonly Row[])[]
  readonly dataset?: string
  /** The sealed day. Default: 2025-03-14. */
  readonly date?: string | undefined
}

export function columns(types: Readonly<Record<string, TypeJson>>): Schema {
  return schemaFromJson(Object.entries(types).map(([name, type]) => ({ name, type })))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `options` as a configuration would have them. */
export async function exported<N extends FormatName>(
  format: Format<FormatOptions<N>>,
  options: { readonly format: N } & Readonly<Record<string, unknown>>,
  { schema, rows, dataset = 'days', ...given }: ExportedRows,
): Promise<Exported> {
  const target = memoryTarget()
  const date = 'date' in given ? given.date : '2025-03-14'
  const root = schemaTree(schema)
  const parsed = FORMATS[options.format].parse(options) as FormatOptions<N>
  const writer = await format.open(parsed, { root, dataset, target, scratch: '/none', signal: undefined })
  for (const some of rows) if (some.length > 0) await writer.write(rowBatch(shred(schema, some), date))
  const written = await writer.finish()
  return { text: utf8.decode(target.bytes()), written }
}
