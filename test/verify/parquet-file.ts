import { zstdCompressSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { FileBytes } from '../../lib/parquet/read.ts'
import { type FieldJson, schemaFromJson } from '../../lib/shred/schema-json.ts'
import { earlierElements } from '../parquet/earlier-file.ts'

/** A row for hyparquet-writer: structs are objects, maps `Map`s, int64 and timestamps bigints, json any value. */
export type FixtureRow = Readonly<Record<string, unknown>>

/** Parquet bytes by hyparquet-writer itself: `groups` are the row groups. */
export function writeParquet(
  schema: readonly FieldJson[],
  groups: readonly (readonly FixtureRow[])[],
  options: { readonly pageSize?: number; readonly codec?: 'ZSTD' | 'SNAPPY' } = {},
): Uint8Array {
  const writer = new ByteWriter()
  const { pageSize = 2 ** 20, codec = 'ZSTD' } = options
  const compressors = { ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)) }
  const parquet = new ParquetWriter({ writer, schema: earlierElements(schemaFromJson(schema)), codec, compressors })
  for (const rows of groups) {
    const columnData = schema.map(({ name }) => ({
      name,
      data: rows.map((row) => row[name] ?? null),
      offsetIndex: false,
    }))
    parquet.write({ columnData, rowGroupSize: Math.max(rows.length, 1), pageSize })
  }
  parquet.finish()
  return new Uint8Array(writer.getBuffer())
}

export function fileBytes(bytes: Uint8Array): FileBytes {
  return { size: bytes.length, read: async (start, end) => bytes.slice(start, end) }
}
