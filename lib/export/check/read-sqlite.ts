import { stat } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { loadSqlite } from '../formats/load-sqlite.ts'
import { type CellPlace, jsonOfText, layRow, rowLayout } from './cells.ts'
import { type RowTexts, TextBatch } from './row-texts.ts'
import { assertTables, NEGATIVE_ZEROS, quoted } from './sqlite-tables.ts'

/**
 * The rows of the table, after SQLite's own check of the whole file. Memory: what SQLite takes for pages.
 * @throws DaysealError `corrupt` for what is no database, or not of these tables, columns and kinds of values
 */
export async function* readSqlite(
  path: string,
  { table }: FormatOptions<'sqlite'>,
  columns: readonly FieldJson[],
  dataset: string,
): AsyncGenerator<RowTexts> {
  const { DatabaseSync } = loadSqlite()
  const { size } = await stat(path)
  const database = new DatabaseSync(path, { open: false, readOnly: true })
  const layout = rowLayout(columns, true)
  const batch = new TextBatch()
  try {
    asCorrupt(() => {
      database.open()
      assertTables(database, { size, table: table ?? dataset, cells: layout.cells, columns })
    })
    const rows = asCorrupt(() => cellsOfRows(database, table ?? dataset, layout.cells))
    for (let row = asCorrupt(() => rows.next()); row.done !== true; row = asCorrupt(() => rows.next())) {
      batch.add(layRow(layout, row.value))
      if (batch.full) yield batch.take()
    }
    yield batch.take()
  } finally {
    if (database.isOpen) database.close()
  }
}

function asCorrupt<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error)) throw error
    throw corrupt('the database cannot be read', error.message, 'a database of SQLite')
  }
}

/** The JSON texts of the cells of each row. A row is asked for as c0, c1, …, for columns of any name. */
function* cellsOfRows(database: DatabaseSync, table: string, cells: readonly CellPlace[]): Generator<string[]> {
  const values = cells.map(({ name, type }, i) =>
    isText(type) ? `CAST(${quoted(name)} AS BLOB) AS c${i}` : `${quoted(name)} AS c${i}`,
  )
  const statement = database.prepare(`SELECT rowid AS id, ${values.join(', ')} FROM ${quoted(table)} ORDER BY rowid`)
  statement.setReadBigInts(true)
  const zeros = negativeZeros(database)
  for (const row of statement.iterate()) {
    const negative = zeros.of(row.id as bigint)
    yield cells.map((cell, i) => {
      const value = row[`c${i}`]
      if (!negative.delete(cell.name)) return jsonOfValue(value, cell)
      if (value !== 0) throw corrupt('a value that should be −0 is another', String(value), '0')
      return '-0.0'
    })
    if (negative.size > 0) throw corrupt('a −0 is in no column', [...negative].join(), 'a column')
  }
  zeros.end()
}

function isText(type: TypeJson): boolean {
  return type !== 'bool' && type !== 'int64' && type !== 'int64_wide' && type !== 'double'
}

function jsonOfValue(value: unknown, cell: CellPlace): string {
  if (value === null) return 'null'
  if (cell.type === 'bool') return value === 1n ? 'true' : value === 0n ? 'false' : JSON.stringify(String(value))
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return /[.e]/.test(String(value)) ? String(value) : `${value}.0`
  if (value instanceof Uint8Array) return jsonOfText(decoded(value, cell.name), cell)
  throw new TypeError(`SQLite gave a ${typeof value}`)
}

function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw corrupt(`a text of ${JSON.stringify(name)} is not UTF-8`, 'other bytes', 'UTF-8')
  }
}

/** Which columns of a row hold −0: rows are asked for in ascending order. */
function negativeZeros(database: DatabaseSync) {
  const isThere = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(NEGATIVE_ZEROS) !== undefined
  const sql = `SELECT row AS id, "column" AS name FROM ${NEGATIVE_ZEROS} ORDER BY row`
  const statement = isThere ? database.prepare(sql) : undefined
  statement?.setReadBigInts(true)
  const marks = statement?.iterate()
  const following = () => {
    const result = marks?.next()
    return result?.done === false ? result.value : undefined
  }
  let next = following()
  return {
    of(row: bigint): Set<string> {
      const names = new Set<string>()
      for (; next !== undefined && next.id === row; next = following()) names.add(String(next.name))
      return names
    },
    end(): void {
      if (next !== undefined) throw corrupt('a −0 is in no row', String(next.id), 'a row')
    },
  }
}
