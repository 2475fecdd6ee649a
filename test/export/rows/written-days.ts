import { generationKey, historyKey } from '../../../lib/keys.ts'
import { createFileWriter } from '../../../lib/parquet/file-writer.ts'
import type { Generation } from '../../../lib/seal/history.ts'
import { type FieldJson, schemaFromJson, schemaToJson } from '../../../lib/shred/schema-json.ts'
import type { Schema } from '../../../lib/shred/type.ts'
import type { ObjectStore, ReadOptions } from '../../../lib/store/object-store.ts'
import { CREATED_BY, memorySink } from '../../parquet/read-back.ts'
import { type Row, shred } from '../../parquet/reference-shred.ts'
import { memoryStore } from '../../property/memory-store.ts'
import { sealedDay } from '../../verify/sealed-day.ts'

/* Sealed days as the rows source needs them: a manifest, and the data file that it names. */

export interface WrittenDay {
  readonly generation: Generation
  /** The data file; undefined for a day without columns. */
  readonly bytes: Buffer | undefined
}

/** A day with one row group per array of rows. */
export async function writeDay(date: string, schema: Schema, groups: readonly (readonly Row[])[]): Promise<WrittenDay> {
  const rows = groups.reduce((sum, group) => sum + group.length, 0)
  const bytes = schema.length === 0 ? undefined : await parquetOf(schema, groups)
  const manifest = {
    ...sealedDay({ date, schema: schemaToJson(schema), lines: {}, parquet: () => new Uint8Array() }).manifest,
    row_count: rows,
    data_key: bytes === undefined ? null : generationKey(date, 1, 'attempt'),
    parquet_size_bytes: bytes?.length ?? null,
  }
  return { generation: { key: historyKey(date, 1), manifest, bytes: new Uint8Array(), sha256: '' }, bytes }
}

async function parquetOf(schema: Schema, groups: readonly (readonly Row[])[]): Promise<Buffer> {
  const sink = memorySink()
  const file = createFileWriter({ schema, sink, createdBy: CREATED_BY })
  for (const rows of groups) await file.writeRowGroup(shred(schema, rows))
  await file.finish()
  return sink.bytes()
}

export function schemaOf(...fields: readonly FieldJson[]): Schema {
  return schemaFromJson(fields)
}

export interface CountingStore extends ObjectStore {
  /** Of every read so far: which bytes. */
  readonly reads: readonly { readonly start: number; readonly end: number }[]
}

/** The days' files, and what is read of them. */
export function storeOf(days: readonly WrittenDay[]): CountingStore {
  const files = days.flatMap(({ generation: { manifest }, bytes }): [string, Uint8Array][] =>
    bytes === undefined ? [] : [[manifest.data_key!, bytes]],
  )
  const store = memoryStore(files, 2 ** 16)
  const reads: { start: number; end: number }[] = []
  return {
    ...store,
    reads,
    read(key: string, options: ReadOptions = {}) {
      reads.push({ start: options.start ?? 0, end: options.end ?? Number.POSITIVE_INFINITY })
      return store.read(key, options)
    },
  }
}
