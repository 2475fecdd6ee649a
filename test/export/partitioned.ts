import type { FormatOptions } from '../../lib/export/format-options.ts'
import { parquet } from '../../lib/export/formats/parquet.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import type { Field, ScalarKind, Schema, Type } from '../../lib/shred/type.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { rowBatch } from './batch-of.ts'
import { type ExportFolder, exportToFolder } from './export-folder.ts'

function optionsFor(...partitionBy: readonly string[]): FormatOptions<'parquet'> {
  return { format: 'parquet', codec: 'zstd', partitionBy: [...partitionBy] }
}

export const field = (name: string, type: Type | ScalarKind): Field => ({
  key: name,
  name,
  type: typeof type === 'string' ? (type === 'int64' ? ({ kind: type, exact: true } as const) : { kind: type }) : type,
})

/** Writes rows in folders. */
export async function exported(
  partitionBy: readonly string[],
  schema: Schema,
  batches: readonly { readonly rows: readonly Row[]; readonly date?: string | undefined }[],
): Promise<ExportFolder> {
  return exportToFolder(parquet, optionsFor(...partitionBy), {
    root: schemaTree(schema),
    batches: batches.map(({ rows, date }): RowBatch => rowBatch(shred(schema, rows), date)),
  })
}
