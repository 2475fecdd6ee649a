import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { identifier, text } from '../peers/duckdb-sql.ts'
import { type ColumnTypes, commonType, extraPaths } from './common-type.ts'

export interface RowsToCompare {
  /** Parquet files. */
  readonly ours: string
  readonly theirs: string
  /** SQL that is true for the rows that are compared value by value, not by hashes alone. */
  readonly closely: string
}

/**
 * Compares two Parquet files as multisets of rows, through DuckDB, every column cast to one explicit type. Of all rows: their
 * number, and per column and for the whole row how many are not null, and the sum and the exclusive or of DuckDB's
 * 64-bit hashes. Of the rows `closely`: EXCEPT ALL both ways. Columns that only the other file has must be empty.
 *
 * Returns what differs: nothing when the rows are the same.
 */
export async function compareRows({ ours, theirs, closely }: RowsToCompare): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const [mine, other] = [await columnTypes(connection, ours), await columnTypes(connection, theirs)]
    const missing = [...mine.keys()].filter((name) => !other.has(name))
    if (missing.length > 0) return missing.map((name) => `column ${name} is missing`)
    const columns = [...mine].map(([name, type]) => ({ name, type: commonType(type, other.get(name)!) }))
    return [
      ...(await filledExtras(connection, theirs, extraPaths(mine, other))),
      ...(await differentHashes(connection, columns, ours, theirs)),
      ...(await differentRows(connection, columns, { ours, theirs, closely })),
    ]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function columnTypes(connection: DuckDBConnection, file: string): Promise<ColumnTypes> {
  const reader = await connection.runAndReadAll(`SELECT * FROM ${parquet(file)} LIMIT 0`)
  const types = reader.columnTypes()
  return new Map(reader.columnNames().map((name, i) => [name, types[i]!]))
}

interface TypedColumn {
  readonly name: string
  /** SQL. */
  readonly type: string
}

async function filledExtras(
  connection: DuckDBConnection,
  file: string,
  paths: readonly (readonly string[])[],
): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    const value = `CAST(${path.map(identifier).join('.')} AS VARCHAR)`
    const [row] = await rowsOf(connection, `SELECT count(*) FROM ${parquet(file)} WHERE ${value} NOT IN ('{}', '[]')`)
    if (row![0] !== 0n) found.push(`${path.join('.')} has values in ${row![0]} rows, and no column in ours`)
  }
  return found
}

async function differentHashes(
  connection: DuckDBConnection,
  columns: readonly TypedColumn[],
  ours: string,
  theirs: string,
): Promise<string[]> {
  const names = columns.map(({ name }) => identifier(name))
  const sums = [...names.map((name) => [name]), names].map((hashed) => {
    const filled = hashed.length === 1 ? `count(${hashed[0]})` : 'count(*)'
    const hash = `hash(${hashed.join(', ')})`
    return `concat(${filled}, ' ', sum(${hash}), ' ', bit_xor(${hash}))`
  })
  const query = (file: string) => `SELECT ${sums.join(', ')} FROM (${typedRows(columns, file)})`
  const [[seen], [wanted]] = [await rowsOf(connection, query(theirs)), await rowsOf(connection, query(ours))]
  const labels = [...columns.map(({ name, type }) => `column ${name} as ${type}`), 'whole rows']
  return labels.flatMap((label, i) =>
    seen![i] === wanted![i] ? [] : [`${label}: ours ${wanted![i]}, theirs ${seen![i]} (values, sum and xor of hashes)`],
  )
}

async function differentRows(
  connection: DuckDBConnection,
  columns: readonly TypedColumn[],
  { ours, theirs, closely }: Pick<RowsToCompare, 'ours' | 'theirs' | 'closely'>,
): Promise<string[]> {
  const rows = (file: string) => typedRows(columns, file, closely)
  const except = async (a: string, b: string) => {
    const [row] = await rowsOf(connection, `SELECT count(*) FROM (${rows(a)} EXCEPT ALL ${rows(b)})`)
    return row![0]
  }
  const [compared] = await rowsOf(connection, `SELECT count(*) FROM (${rows(ours)})`)
  if (compared![0] === 0n) return [`no row of ours where ${closely}`]
  const [extra, lacking] = [await except(theirs, ours), await except(ours, theirs)]
  if (extra === 0n && lacking === 0n) return []
  return [`where ${closely}: ${extra} rows that ours does not have, ${lacking} of ours that are lacking`]
}

/** The cast stands on the file's own columns, so that a filter sees values of one type on either side. */
function typedRows(columns: readonly TypedColumn[], file: string, where = 'true'): string {
  const list = columns.map(({ name, type }) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`)
  return `SELECT * FROM (SELECT ${list.join(', ')} FROM ${parquet(file)}) WHERE ${where}`
}

function parquet(file: string): string {
  return `read_parquet(${text(file)})`
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows()
}
