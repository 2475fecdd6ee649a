import type { Format, Target, WrittenRows } from '../../lib/export/format.ts'
import { FORMATS, type FormatName, type FormatOptions } from '../../lib/export/format-options.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { type RootNode, readTree } from '../../lib/parquet/read-tree.ts'
import { schemaElements } from '../../lib/parquet/schema.ts'
import { schemaFromJson, type TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'

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
  readonly date?: string | undefined
}

export function columns(types: Readonly<Record<string, TypeJson>>): Schema {
  return schemaFromJson(Object.entries(types).map(([name, type]) => ({ name, type })))
}

export function rootOf(schema: Schema): RootNode {
  return readTree(schemaElements(schema))
}

/** `options` as a configuration would have them. */
export async function exported<N extends FormatName>(
  format: Format<FormatOptions<N>>,
  options: { readonly format: N } & Readonly<Record<string, unknown>>,
  { schema, rows, dataset = 'days', ...given }: ExportedRows,
): Promise<Exported> {
  const pieces: Buffer[] = []
  const date = 'date' in given ? given.date : '2025-03-14'
  const root = rootOf(schema)
  const parsed = FORMATS[options.format].parse(options) as FormatOptions<N>
  const writer = await format.open(parsed, { root, dataset, target: into(pieces), scratch: '/none', signal: undefined })
  for (const some of rows.filter(({ length }) => length > 0)) await writer.write({ ...batch(schema, some, root), date })
  const written = await writer.finish()
  return { text: utf8.decode(Buffer.concat(pieces)), written }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function batch(schema: Schema, rows: readonly Row[], root: RootNode): Omit<RowBatch, 'date'> {
  return { root, rows: rows.length, leaves: shred(schema, rows).leaves }
}

function into(pieces: Buffer[]): Target {
  return {
    async create() {
      return {
        async write(bytes) {
          pieces.push(Buffer.from(bytes))
        },
        async close() {
          pieces.push(Buffer.alloc(0))
        },
      }
    },
    async createIn(path) {
      throw new Error(`a second file: ${path}`)
    },
  }
}
