import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import {
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { parquetReadObjects } from 'hyparquet'
import { createFileWriter, type FileWriterOptions } from '../../lib/parquet/file-writer.ts'
import type { ColumnBatch } from '../../lib/shred/batch.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import type { Row, Value } from './reference-shred.ts'

/*
 * Files in memory, and two readers that are not ours. Values come out in one form for both and for the rows that went
 * in: a struct is an object, a map an object of its sorted entries, a number its bits, a timestamp its microseconds.
 */

export const CREATED_BY = 'dayseal version 0.1.0 (build 0.1.0)'

/** A sink that keeps what it gets. */
export function memorySink(): FileWriterOptions['sink'] & { bytes(): Buffer; readonly sizes: readonly number[] } {
  const pieces: Uint8Array[] = []
  const sizes: number[] = []
  return {
    sizes,
    async write(bytes) {
      pieces.push(Uint8Array.from(bytes))
      sizes.push(bytes.length)
    },
    bytes: () => Buffer.concat(pieces),
  }
}

export async function fileOf(schema: Schema, batches: readonly ColumnBatch[]): Promise<Buffer> {
  const sink = memorySink()
  const writer = createFileWriter({ schema, sink, createdBy: CREATED_BY })
  for (const batch of batches) await writer.writeRowGroup(batch)
  const summary = await writer.finish()
  const bytes = sink.bytes()
  if (summary.bytes !== bytes.length) throw new Error(`${summary.bytes} bytes counted, ${bytes.length} written`)
  return bytes
}

export async function readWithHyparquet(schema: Schema, bytes: Buffer): Promise<unknown[]> {
  const rows = await parquetReadObjects({
    file: arrayBufferOf(bytes),
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    parsers: {
      timestampFromMicroseconds: (micros) => micros,
      jsonFromBytes: (json) => Buffer.from(json).toString('utf8'),
      stringFromBytes: (string) => Buffer.from(string).toString('utf8'),
    },
  })
  return rows.map((row) => plainRow(schema, row as Row, fromHyparquet))
}

/** An in-memory DuckDB that reads files out of a temporary directory; `close` removes it. */
export interface Duck {
  read(schema: Schema, bytes: Buffer): Promise<unknown[]>
  /** Runs a query in which `FILE` stands for the file. */
  query(sql: string, bytes: Buffer): Promise<DuckDBValue[][]>
  close(): Promise<void>
}

export async function openDuck(): Promise<Duck> {
  const directory = await mkdtemp(join(tmpdir(), 'dayseal-duck-'))
  const connection: DuckDBConnection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  let files = 0
  const query = async (sql: string, bytes: Buffer) => {
    // A name of its own: DuckDB remembers the content of one that is written again within the same tick of the clock.
    const path = join(directory, `${files++}.parquet`)
    await writeFile(path, bytes)
    return (await connection.runAndReadAll(sql.replaceAll('FILE', `'${path}'`))).getRows()
  }
  return {
    query,
    async read(schema, bytes) {
      const rows = await query('SELECT * FROM read_parquet(FILE)', bytes)
      const types = await query('SELECT column_type FROM (DESCRIBE SELECT * FROM read_parquet(FILE))', bytes)
      const wanted = schema.map(({ type }) => [duckType(type)])
      // DuckDB quotes the names that it has to.
      if (JSON.stringify(types).replaceAll('\\"', '') !== JSON.stringify(wanted))
        throw new Error(`types ${types}, wanted ${wanted}`)
      return rows.map((row) =>
        plainRow(schema, Object.fromEntries(schema.map(({ key }, i) => [key, row[i] as Value])), fromDuck),
      )
    },
    async close() {
      connection.closeSync()
      await rm(directory, { recursive: true })
    },
  }
}

/** Rows as both readers give them: every key of the schema, null where there is nothing. */
export function plainRows(schema: Schema, rows: readonly Row[]): unknown[] {
  return rows.map((row) => plainRow(schema, row, (value) => value))
}

/** Turns a reader's value into a `Value`, one level of it. */
type Unwrap = (value: Value, type: Type) => Value

function plainRow(schema: Schema, row: Row, unwrap: Unwrap): unknown {
  return Object.fromEntries(schema.map(({ key, type }) => [`.${key}`, plain(type, row[key], unwrap)]))
}

function plain(type: Type, wrapped: Value, unwrap: Unwrap): unknown {
  if (wrapped === null || wrapped === undefined) return null
  const value = unwrap(wrapped, type)
  switch (type.kind) {
    case 'struct':
      return plainRow(type.fields, value as Row, unwrap)
    case 'list':
      return (value as Value[]).map((element) => plain(type.element, element, unwrap))
    case 'map': {
      const entries = [...(value as ReadonlyMap<string, Value>)].map(
        ([key, item]) => [key, plain(type.value, item, unwrap)] as const,
      )
      return { map: entries.sort(([a], [b]) => (a < b ? -1 : 1)) }
    }
    case 'double':
      return Buffer.from(Float64Array.of(value as number).buffer).toString('hex')
    default:
      return `${typeof value} ${value}`
  }
}

const fromHyparquet: Unwrap = (value, type) => (type.kind === 'map' ? new Map(Object.entries(value as Row)) : value)

const fromDuck: Unwrap = (wrapped) => {
  const value: unknown = wrapped
  if (value instanceof DuckDBListValue) return value.items as Value[]
  if (value instanceof DuckDBStructValue) return value.entries as Row
  if (value instanceof DuckDBMapValue)
    return new Map(value.entries.map(({ key, value: item }) => [key as string, item as Value]))
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  return wrapped
}

function duckType(type: Type): string {
  switch (type.kind) {
    case 'null':
      throw new Error('no such column')
    case 'struct':
      return `STRUCT(${type.fields.map(({ name, type: inner }) => `${name} ${duckType(inner)}`).join(', ')})`
    case 'list':
      return `${duckType(type.element)}[]`
    case 'map':
      return `MAP(VARCHAR, ${duckType(type.value)})`
    default:
      return {
        bool: 'BOOLEAN',
        int64: 'BIGINT',
        double: 'DOUBLE',
        string: 'VARCHAR',
        json: 'VARCHAR',
        timestamp: 'TIMESTAMP WITH TIME ZONE',
      }[type.kind]
  }
}

export function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
}
