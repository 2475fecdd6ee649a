import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { DaysealError } from '../../errors.ts'
import type { RowBatch } from '../row-batch.ts'
import { loadSqlite } from './load-sqlite.ts'
import type { SqliteColumn } from './sqlite-column.ts'

/** What made the file and what its columns are: `key` and `value`. */
export const ABOUT_TABLE = 'dayseal_export'
/**
 * Where the table has a 0 that was -0, by the row's id and the column's name: a REAL column keeps whole numbers as
 * integers (https://www.sqlite.org/datatype3.html, "Type Affinity"), which have no -0. Only there when it has rows.
 */
export const NEGATIVE_ZERO_TABLE = 'dayseal_negative_zero'

export interface TablePlan {
  readonly table: string
  readonly columns: readonly SqliteColumn[]
  /** The names of columns. */
  readonly indexes: readonly string[]
  /** For the table `dayseal_export`. */
  readonly about: Readonly<Record<string, string>>
}

/** A database with one table of rows, as far as it is written. */
export interface TableWriter {
  readonly rows: number
  write(batch: RowBatch): void
  /** Makes the indexes, and closes the file, which is whole then. */
  finish(): void
  /** Closes the file as it is, if it is open. */
  close(): void
}

/** The file is nobody's but the writer's: nothing has to survive a crash. Space that is free is zeros, so that equal rows give equal bytes. */
const PRAGMAS = `
  PRAGMA page_size = 4096;
  PRAGMA encoding = 'UTF-8';
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA cache_size = -16384;
  PRAGMA secure_delete = ON;
`

/** Rows of one statement: a call costs as much as ten values. */
const MAX_STATEMENT_ROWS = 50
const MAX_STATEMENT_VALUES = 1_000

/** https://www.sqlite.org/rescode.html */
const SQLITE_FULL = 13
const SQLITE_TOOBIG = 18

/**
 * Creates the database at `path`, where nothing is. Memory: 16 MiB of pages, and the values of one statement.
 * @throws DaysealError `storage`; `usage` for a row beyond SQLite's 1,000,000,000 bytes
 */
export function createTable(path: string, plan: TablePlan): TableWriter {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { open: false })
  const close = () => {
    if (database.isOpen) database.close()
  }
  const guarded = <T>(act: () => T): T => {
    try {
      return act()
    } catch (error) {
      close()
      throw faultOf(error)
    }
  }
  const inserter = guarded(() => {
    database.open()
    database.exec(`${PRAGMAS}\nBEGIN`)
    writeAbout(database, plan.about)
    return rowInserter(database, plan)
  })
  return {
    get rows() {
      return inserter.rows
    },
    write: (batch) => guarded(() => inserter.insert(batch)),
    finish: () =>
      guarded(() => {
        for (const name of plan.indexes) database.exec(indexSql(plan.table, name))
        database.exec('COMMIT')
        close()
      }),
    close,
  }
}

function writeAbout(database: DatabaseSync, about: TablePlan['about']): void {
  database.exec(`CREATE TABLE ${ABOUT_TABLE} (key TEXT PRIMARY KEY, value TEXT)`)
  const insert = database.prepare(`INSERT INTO ${ABOUT_TABLE} VALUES (?, ?)`)
  for (const [key, value] of Object.entries(about)) insert.run(key, value)
}

function rowInserter(database: DatabaseSync, { table, columns }: TablePlan) {
  const types = columns.map(({ name, type }) => `${quoted(name)} ${type}`)
  database.exec(`CREATE TABLE ${quoted(table)} (${types.join(', ')})`)
  const width = columns.length
  const statement = (rows: number) => {
    const row = `(${columns.map(() => '?').join()})`
    return database.prepare(`INSERT INTO ${quoted(table)} VALUES ${Array.from({ length: rows }, () => row).join()}`)
  }
  const most = Math.max(1, Math.min(MAX_STATEMENT_ROWS, Math.floor(MAX_STATEMENT_VALUES / width)))
  const insertOne = statement(1)
  const insertMost = statement(most)
  const markNegativeZero = negativeZeros(database)
  let rows = 0

  function insertRows(statement: StatementSync, count: number): void {
    const all: SQLInputValue[] = []
    for (let i = 0; i < count; i++) {
      rows++
      for (const { name, values } of columns) {
        const value = values.next()
        if (value === 0 && Object.is(value, -0)) markNegativeZero(rows, name)
        all.push(value)
      }
    }
    statement.run(...all)
  }

  return {
    get rows() {
      return rows
    },
    insert(batch: RowBatch): void {
      for (const { values } of columns) values.load(batch)
      let left = batch.rows
      for (; left >= most; left -= most) insertRows(insertMost, most)
      for (; left > 0; left--) insertRows(insertOne, 1)
    },
  }
}

function negativeZeros(database: DatabaseSync): (row: number, column: string) => void {
  let insert: StatementSync | undefined
  return (row, column) => {
    if (insert === undefined) {
      database.exec(`CREATE TABLE ${NEGATIVE_ZERO_TABLE} (row INTEGER, "column" TEXT)`)
      insert = database.prepare(`INSERT INTO ${NEGATIVE_ZERO_TABLE} VALUES (?, ?)`)
    }
    insert.run(row, column)
  }
}

function indexSql(table: string, column: string): string {
  return `CREATE INDEX ${quoted(`${table}_by_${column}`)} ON ${quoted(table)} (${quoted(column)})`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** An error of SQLite as the one that says what failed; anything else as it is. */
function faultOf(error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error)) return error
  const facts = { seen: error.message, cause: error }
  if (error.errcode === SQLITE_TOOBIG) return new DaysealError('usage', 'SQLite cannot hold so long a row', facts)
  if (error.errcode !== SQLITE_FULL) return new DaysealError('storage', 'the database could not be written', facts)
  return new DaysealError('storage', 'the database could not be written', {
    ...facts,
    hint: 'the disk of the scratch directory is full: free some space, then run again',
  })
}
