import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { WrittenObject } from '../generate/json-tree.ts'
import type { ModelFields } from '../model/schema-model.ts'
import { duckColumns, duckType, duckValue, quoted } from './duck-value.ts'

/** What DuckDB says of a Parquet file beside the rows that it should hold. */
export interface Difference {
  /** The types of the file's columns, and those wanted, in the order of the names. */
  readonly types: { readonly seen: readonly string[]; readonly wanted: readonly string[] }
  /** Rows, counted as in a multiset, that only the file has, and that it lacks. */
  readonly extra: number
  readonly missing: number
}

export interface Duck {
  compare(parquet: Uint8Array, columns: ModelFields, rows: readonly WrittenObject[]): Promise<Difference>
  /** The rows of a query in which `FILE` stands for the file. */
  query(sql: string, parquet: Uint8Array): Promise<unknown[][]>
  close(): Promise<void>
}

/** An in-memory DuckDB, and a temporary directory for the files that it reads. */
export async function openDuck(): Promise<Duck> {
  const directory = await mkdtemp(join(tmpdir(), 'dayseal-duckdb-'))
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  let files = 0
  // A name of its own each time: DuckDB remembers what a file held within one tick of the clock.
  const write = async (parquet: Uint8Array) => {
    const path = join(directory, `${files++}.parquet`)
    await writeFile(path, parquet)
    return path
  }
  return {
    async compare(parquet, columns, rows) {
      const file = `read_parquet('${await write(parquet)}')`
      await createWanted(connection, columns, rows)
      const described = await rowsOf(connection, `SELECT column_name, column_type FROM (DESCRIBE FROM ${file})`)
      const wanted = await rowsOf(connection, 'SELECT column_name, column_type FROM (DESCRIBE FROM wanted)')
      const types = { seen: typeLines(described), wanted: typeLines(wanted) }
      const extra = await countExcept(connection, file, 'wanted', columns)
      const missing = await countExcept(connection, 'wanted', file, columns)
      return { types, extra, missing }
    },
    query: async (sql, parquet) => rowsOf(connection, sql.replaceAll('FILE', `'${await write(parquet)}'`)),
    async close() {
      connection.closeSync()
      await rm(directory, { recursive: true })
    },
  }
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows()
}

function typeLines(described: readonly unknown[][]): string[] {
  return described.map((row) => row.join(' ')).sort()
}

async function createWanted(connection: DuckDBConnection, columns: ModelFields, rows: readonly WrittenObject[]) {
  await connection.run(`CREATE OR REPLACE TABLE wanted (${duckColumns(columns)})`)
  const appender = await connection.createAppender('wanted')
  for (const { members } of rows) {
    for (const [i, { key, type }] of [...columns.values()].entries()) {
      appender.appendValue(duckValue(members.get(key), type), appender.columnType(i))
    }
    appender.endRow()
  }
  appender.closeSync()
}

/**
 * How many rows of `a` are not in `b`. Types are cast explicitly, so that neither side is bent to the other's; the text beside each value tells −0 from 0,
 * which are equal to EXCEPT.
 */
async function countExcept(connection: DuckDBConnection, a: string, b: string, columns: ModelFields): Promise<number> {
  const values = [...columns].flatMap(([name, { type }]) => {
    const column = quoted(name)
    return [`CAST(${column} AS ${duckType(type)})`, `CAST(${column} AS VARCHAR)`]
  })
  const select = (from: string) => `SELECT ${values.join(', ')} FROM ${from}`
  const [row] = await rowsOf(connection, `SELECT count(*) FROM (${select(a)} EXCEPT ALL ${select(b)})`)
  return Number(row![0])
}
