import { rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import type { FieldJson } from '../../lib/shred/schema-json.ts'
import { compareRows } from '../equality/same-rows.ts'
import { duckType, identifier, text } from '../peers/duckdb-sql.ts'
import type { PeerFormat } from './contenders.ts'

export interface ExportToCompare {
  readonly format: PeerFormat
  readonly file: string
  /** The sealed day's file, and its columns. */
  readonly sealed: string
  readonly schema: readonly FieldJson[]
}

/** Compares an exported file, read by DuckDB, with the sealed day: what differs. A Parquet copy is made beside it for that. */
export async function compareExport({ format, file, sealed, schema }: ExportToCompare): Promise<readonly string[]> {
  if (format === 'parquet') return compareRows({ ours: sealed, theirs: file, closely: 'true' })
  const copy = `${file}.parquet`
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    await connection.run(`COPY (SELECT * FROM ${reader(format, file, schema)}) TO ${text(copy)} (FORMAT parquet)`)
    connection.closeSync()
    return await compareRows({ ours: sealed, theirs: copy, closely: 'true' })
  } finally {
    instance.closeSync()
    await rm(copy, { force: true })
  }
}

function reader(format: Exclude<PeerFormat, 'parquet'>, file: string, schema: readonly FieldJson[]): string {
  const types = schema.map(({ name, type }) => `${identifier(name)}: ${text(duckType(type))}`)
  const columns = `columns = {${types.join(', ')}}`
  if (format !== 'csv') {
    const form = format === 'json' ? 'array' : 'newline_delimited'
    return `read_json(${text(file)}, format = '${form}', ${columns})`
  }
  const nulls = `nullstr = '', allow_quoted_nulls = false`
  return `read_csv(${text(file)}, auto_detect = false, header = true, ${nulls}, ${columns})`
}
