import type { DatabaseSync } from 'node:sqlite'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../shred/schema-json.ts'
import type { CellPlace } from './cells.ts'

/** Where −0 is, which SQLite does not keep: a row's id, a column's name. Not there when it is empty. */
export const NEGATIVE_ZEROS = 'dayseal_negative_zero'
const ABOUT = 'dayseal_export'

/** Columns whose values are looked at in one pass over the table: SQLite's expressions may not be deep. */
const COLUMNS_AT_ONCE = 100

export interface WantedTables {
  /** Of the file, bytes. */
  readonly size: number
  readonly table: string
  readonly cells: readonly CellPlace[]
  readonly columns: readonly FieldJson[]
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Checks all of the file but the values: that SQLite finds it whole, its tables, the columns and the kinds of values.
 * @throws DaysealError `corrupt`; errors of SQLite
 */
export function assertTables(database: DatabaseSync, { size, table, cells, columns }: WantedTables): void {
  const one = (sql: string, ...values: string[]) => Object.values(database.prepare(sql).get(...values) ?? {})[0]
  const assert = (what: string, seen: unknown, wanted: unknown) => {
    if (seen !== wanted)
      throw corrupt(`the database has other ${what}`, String(seen).slice(0, 400), String(wanted).slice(0, 400))
  }
  assert('content than SQLite wrote', one('PRAGMA integrity_check(1)'), 'ok')
  assert('bytes than its pages', Number(one('PRAGMA page_count')) * Number(one('PRAGMA page_size')), size)
  const names = database.prepare("SELECT type, name FROM sqlite_schema WHERE type <> 'index'").all()
  const tables = names.map(({ type, name }) => `${type} ${name}`).filter((name) => name !== `table ${NEGATIVE_ZEROS}`)
  assert('tables', JSON.stringify(tables.sort()), JSON.stringify([`table ${table}`, `table ${ABOUT}`].sort()))
  const seen = database.prepare('SELECT name, type FROM pragma_table_info(?)').all(table)
  const wanted = cells.map(({ name, type }) => ({ name, type: sqliteType(type) }))
  assert('columns', JSON.stringify(seen.map(({ name, type }) => ({ name, type }))), JSON.stringify(wanted))
  assert('types', one(`SELECT value FROM ${ABOUT} WHERE key = 'columns'`), JSON.stringify(columns))
  for (let at = 0; at < cells.length; at += COLUMNS_AT_ONCE) {
    const kinds = cells.slice(at, at + COLUMNS_AT_ONCE).map(({ name, type }) => {
      return `typeof(${quoted(name)}) NOT IN ('null', '${sqliteType(type).toLowerCase()}')`
    })
    assert('kinds of values', Number(one(`SELECT count(*) FROM ${quoted(table)} WHERE ${kinds.join(' OR ')}`)), 0)
  }
}

function sqliteType(type: TypeJson): 'INTEGER' | 'REAL' | 'TEXT' {
  if (type === 'bool' || type === 'int64' || type === 'int64_wide') return 'INTEGER'
  return type === 'double' ? 'REAL' : 'TEXT'
}
