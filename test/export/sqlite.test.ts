import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FormatOptions } from '../../lib/export/format-options.ts'
import { sqlite } from '../../lib/export/formats/sqlite.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { type Row, shred, type Value } from '../parquet/reference-shred.ts'
import { rowBatch } from './batch-of.ts'
import { exportToFolder } from './export-folder.ts'
import { hostilelyNamed, modelText, modelTime } from './json-model.ts'

type Options = Omit<FormatOptions<'sqlite'>, 'format'>

const int: Type = { kind: 'int64', exact: true }
const double: Type = { kind: 'double' }
const string: Type = { kind: 'string' }
const field = (name: string, type: Type) => ({ key: name, name, type })

/** Writes batches and opens the database, for as long as `look` takes. */
async function exported<T>(
  schema: Schema,
  batches: readonly (readonly Row[])[],
  look: (seen: { readonly bytes: Buffer; readonly database: DatabaseSync }) => T | Promise<T>,
  { options = { indexes: [] }, dataset = 'clicks' }: { readonly options?: Options; readonly dataset?: string } = {},
): Promise<T> {
  const folder = await exportToFolder(
    sqlite,
    { format: 'sqlite', ...options },
    {
      root: schemaTree(schema),
      batches: batches
        .filter((rows) => rows.length > 0)
        .map((rows): RowBatch => rowBatch(shred(schema, rows), undefined)),
      dataset,
    },
  )
  const database = new DatabaseSync(join(folder.path, 'file'), { readOnly: true })
  try {
    expect(folder.rows).toEqual({ rows: batches.flat().length, leftOut: {} })
    return await look({ bytes: await folder.read('file'), database })
  } finally {
    database.close()
    await folder.remove()
  }
}

/** What a query gives: per row its values, integers as bigints. */
function query(database: DatabaseSync, sql: string): SQLOutputValue[][] {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  return statement.all() as unknown as SQLOutputValue[][]
}

interface ModelColumn {
  readonly name: string
  readonly type: Type
  readonly of: (row: Value) => Value
}

function columnsOf(schema: Schema): ModelColumn[] {
  return schema.flatMap(({ key, name, type }): ModelColumn[] => {
    const of = (row: Value) => (row as Row | null | undefined)?.[key]
    const text = name === '' ? '\\e' : name.replace(/[.\\*[]/g, '\\$&')
    if (type.kind !== 'struct') return [{ name: text, type, of }]
    return columnsOf(type.fields).map((inner) => ({
      name: `${text}.${inner.name}`,
      type: inner.type,
      of: (row) => inner.of(of(row)),
    }))
  })
}

/** With the sign of a zero apart, which toEqual tells too. */
function cellOf({ type, of }: ModelColumn, row: Row): SQLOutputValue {
  const value = of(row)
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'bool':
      return value ? 1n : 0n
    case 'int64':
      return value as bigint
    case 'double':
      return Object.is(value, -0) ? 0 : (value as number)
    case 'string':
    case 'json':
      return value as string
    case 'timestamp':
      return modelTime(value as bigint)
    default:
      return modelText(type, value)
  }
}

const DECLARED = { bool: 'INTEGER', int64: 'INTEGER', double: 'REAL' } as const

describe('the table', () => {
  test('has the rows of all batches, in their order, whatever the names', async () => {
    const input = schemas(2)
      .chain((schema) => fc.oneof(fc.constant(schema), hostilelyNamed(schema)))
      .chain((schema) => fc.tuple(fc.constant(schema), fc.array(rowsOf(schema, 30), { maxLength: 3 })))
    let refused = 0
    await fc.assert(
      fc.asyncProperty(input, async ([schema, batches]) => {
        const columns = columnsOf(schema)
        const names = columns.map(({ name }) => name)
        if (new Set(names.map((name) => name.toLowerCase())).size < names.length || names.join().includes('\0')) {
          refused++
          await expect(exported(schema, batches, () => {})).rejects.toMatchObject({ code: 'usage' })
          return
        }
        await exported(schema, batches, ({ database }) => {
          const info = query(database, "SELECT name, type FROM pragma_table_info('clicks')")
          const types = columns.map(({ type }) => (type.kind in DECLARED ? DECLARED[type.kind as 'bool'] : 'TEXT'))
          expect(info).toEqual(names.map((name, i) => [name, types[i]]))
          const rows = batches.flat()
          const wanted = rows.map((row) => columns.map((column) => cellOf(column, row)))
          expect(query(database, 'SELECT * FROM clicks ORDER BY rowid')).toEqual(wanted)
          const zeros = rows.flatMap((row, i) =>
            columns.filter(({ of }) => Object.is(of(row), -0)).map(({ name }) => [BigInt(i + 1), name]),
          )
          const tables = query(database, 'SELECT name FROM sqlite_schema').flat()
          expect(tables.includes('dayseal_negative_zero')).toBe(zeros.length > 0)
          if (zeros.length > 0) expect(query(database, 'SELECT * FROM dayseal_negative_zero')).toEqual(zeros)
        })
      }),
      { numRuns: 200 },
    )
    expect(refused).toBeLessThan(100)
  })

  test('has the types of values, and every byte of a text with NUL', async () => {
    const schema = [field('i', int), field('d', double), field('s', string), field('b', { kind: 'bool' })]
    const texts = ['a\0b', '\0', '', 'x'.repeat(1_000_000), '\u{1f600}\ufeff', "'; DROP TABLE clicks; --"]
    const rows = texts.map((s, n): Row => ({ i: n % 2 === 0 ? 2n ** 63n - 1n : -(2n ** 63n), d: 5, s, b: true }))
    await exported(schema, [rows], ({ database }) => {
      const seen = query(
        database,
        'SELECT i, d, typeof(i), typeof(d), typeof(s), typeof(b), CAST(s AS BLOB), s FROM clicks',
      )
      const wanted = rows.map(({ i, d, s }) => {
        return [i, d, 'integer', 'real', 'text', 'integer', new Uint8Array(Buffer.from(s as string)), s]
      })
      expect(seen).toEqual(wanted)
    })
  })

  test('has every double as it was', async () => {
    const numbers = [5e-324, -Number.MAX_VALUE, 0.1, 2 ** 53 + 2, -(2 ** 47), 1e21, 2 ** 63, 123456789012345680000]
    await exported([field('d', double)], [numbers.map((d): Row => ({ d }))], ({ database }) => {
      expect(query(database, 'SELECT d FROM clicks').flat()).toEqual(numbers)
      expect(query(database, 'SELECT DISTINCT typeof(d) FROM clicks')).toEqual([['real']])
    })
  })

  test('is there without rows', async () => {
    await exported([field('a', int), field('b', string)], [], ({ database }) => {
      expect(query(database, 'SELECT * FROM clicks')).toEqual([])
      expect(query(database, "SELECT name, type FROM pragma_table_info('clicks')")).toEqual([
        ['a', 'INTEGER'],
        ['b', 'TEXT'],
      ])
    })
  })

  test('is called as the option says, else as the dataset, hostile or not', async () => {
    const name = 'drop "x"; \' -- 名'
    const tables = (database: DatabaseSync) =>
      query(database, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").flat()
    const schema = [field('a', int)]
    const indexes: string[] = []
    await exported(
      schema,
      [[{ a: 1n }]],
      ({ database }) => expect(tables(database)).toEqual(['dayseal_export', name]),
      { dataset: name },
    )
    await exported(
      schema,
      [[{ a: 1n }]],
      ({ database }) => expect(tables(database)).toEqual(['dayseal_export', 'select']),
      {
        dataset: name,
        options: { table: 'select', indexes },
      },
    )
    for (const table of ['dayseal_export', 'Dayseal_Negative_Zero', 'SQLite_x', 'a\0b']) {
      await expect(exported(schema, [], () => {}, { options: { table, indexes } })).rejects.toMatchObject({
        code: 'usage',
      })
    }
  })

  test('has an index on each of the named columns', async () => {
    const inner: Type = { kind: 'struct', fields: [field('k', string), field('x', int)] }
    const schema = [field('a', inner), field('n', int), field('l', { kind: 'list', element: int })]
    const rows = Array.from({ length: 500 }, (_, i): Row => ({ a: { k: `k${i}`, x: 1n }, n: BigInt(i % 7), l: [] }))
    await exported(
      schema,
      [rows],
      ({ database }) => {
        const seen = query(
          database,
          "SELECT il.name, ii.name FROM pragma_index_list('clicks') il, pragma_index_info(il.name) ii ORDER BY 2",
        )
        expect(seen).toEqual([
          ['clicks_by_a.k', 'a.k'],
          ['clicks_by_n', 'n'],
        ])
        const [plan] = query(database, 'EXPLAIN QUERY PLAN SELECT * FROM clicks WHERE "a.k" = \'k7\'')
        expect(plan!.at(-1)).toBe('SEARCH clicks USING INDEX clicks_by_a.k (a.k=?)')
        expect(query(database, 'SELECT count(*) FROM clicks WHERE n = 3')).toEqual([[71n]])
        expect(query(database, 'PRAGMA integrity_check')).toEqual([['ok']])
      },
      { options: { indexes: ['a.k', 'n', 'n'] } },
    )
    for (const [path, message] of [
      ['x', 'indexes: there is no column x'],
      ['a', 'indexes: a is no column of the table; seen: a struct'],
      ['l[]', 'indexes: l[] is no column of the table; seen: a int64 inside a list or map'],
    ] as const) {
      await expect(exported(schema, [], () => {}, { options: { indexes: [path] } })).rejects.toThrow(message)
    }
  })
})

describe('the file', () => {
  const schema = [field('i', int), field('d', double), field('s', string)]
  const rows = Array.from(
    { length: 3_000 },
    (_, i): Row => ({ i: BigInt(i), d: i / 7, s: i % 4 === 0 ? null : `text ${i % 50}`.repeat(i % 90) }),
  )
  const options = { indexes: ['s'] }

  test('is the same for the same rows, in whatever batches', async () => {
    const bytesOf = (batches: readonly (readonly Row[])[]) =>
      exported(schema, batches, ({ bytes }) => bytes, { options })
    const first = await bytesOf([rows])
    expect(Buffer.compare(await bytesOf([rows]), first)).toBe(0)
    expect(Buffer.compare(await bytesOf([rows.slice(0, 77), rows.slice(77, 78), rows.slice(78)]), first)).toBe(0)
  })

  test('is one that any SQLite opens: no journal, no STRICT, no application id', async () => {
    await exported(schema, [rows], ({ bytes, database }) => {
      expect(bytes.subarray(0, 16).toString('latin1')).toBe('SQLite format 3\0')
      // https://www.sqlite.org/fileformat2.html, "The Database Header": write and read version 1 are the rollback journal.
      expect([...bytes.subarray(18, 20)]).toEqual([1, 1])
      expect(bytes.length).toBe(bytes.readUInt16BE(16) * bytes.readUInt32BE(28))
      expect(query(database, 'PRAGMA integrity_check')).toEqual([['ok']])
      expect(query(database, "SELECT sql FROM sqlite_schema WHERE name = 'clicks'")).toEqual([
        ['CREATE TABLE "clicks" ("i" INTEGER, "d" REAL, "s" TEXT)'],
      ])
    })
  })

  test('tells what made it, and the types of the columns', async () => {
    const nested = [
      field('a', { kind: 'struct', fields: [field('t', { kind: 'timestamp' }), field('j', { kind: 'json' })] }),
    ]
    await exported(nested, [], ({ database }) => {
      const about = Object.fromEntries(query(database, 'SELECT key, value FROM dayseal_export'))
      expect(about).toEqual({
        created_by: expect.stringMatching(/^dayseal version \d+\.\d+\.\d+/),
        dataset: 'clicks',
        columns: '[{"name":"a","type":{"struct":[{"name":"t","type":"timestamp"},{"name":"j","type":"json"}]}}]',
      })
    })
  })
})

describe('what SQLite cannot hold', () => {
  const cases: readonly [string, Schema, string][] = [
    ['no columns', [], 'SQLite cannot hold so many columns; seen: 0'],
    ['too many columns', Array.from({ length: 2_001 }, (_, i) => field(`c${i}`, int)), 'seen: 2001; wanted: 1 to 2000'],
    ['names that differ in case', [field('Name', int), field('name', int)], 'seen: "Name" and "name"'],
    ['a NUL in a name', [field('a\0b', int)], 'seen: "a\\u0000b"; wanted: a name without NUL'],
  ]
  test.each(cases)('%s', async (_, schema, message) => {
    await expect(exported(schema, [], () => {})).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    })
  })

  test('and what it can: 2,000 columns, and names that differ in the case of other letters', async () => {
    const schema = [...Array.from({ length: 1_998 }, (_, i) => field(`c${i}`, int)), field('É', int), field('é', int)]
    const row = Object.fromEntries(schema.map(({ key }, i) => [key, BigInt(i)]))
    await exported(schema, [[row, row]], ({ database }) => {
      const wanted = schema.map((_, i) => BigInt(i))
      expect(query(database, 'SELECT * FROM clicks')).toEqual([wanted, wanted])
    })
  })
})
