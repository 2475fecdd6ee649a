import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScalarKind, Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { type Duck, openDuck, plainRows } from '../parquet/read-back.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'
import type { ExportFolder } from './export-folder.ts'
import { modelScalar } from './json-model.ts'
import { exported, field } from './partitioned.ts'

let duck: Duck
let connection: DuckDBConnection
beforeAll(async () => {
  duck = await openDuck()
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
})
afterAll(async () => {
  connection.closeSync()
  await duck.close()
})

const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__'

/** The rows that DuckDB reads of the whole folder, with its own reading of the names of folders. */
async function hiveRows({ path }: ExportFolder, select: string): Promise<unknown[][]> {
  const glob = `read_parquet('${path}/**/*.parquet', hive_partitioning = true, hive_types_autocast = false)`
  return (await connection.runAndReadAll(`SELECT ${select} FROM ${glob}`)).getRows()
}

describe('folders', () => {
  test('have the rows of each combination of values, in their order', async () => {
    const scalars = fc.uniqueArray(
      fc.tuple(
        fc.constantFrom('p', 'q', 'a.p', '名', '%', '__proto__'),
        fc.constantFrom<ScalarKind>('bool', 'int64', 'double', 'string', 'timestamp'),
      ),
      { minLength: 1, maxLength: 2, selector: ([name]) => name },
    )
    const input = fc.tuple(schemas(2), scalars).chain(([others, columns]) => {
      const keys = columns.map(([name, kind]) => field(name, kind))
      const [first, ...rest] = others
      const schema: Schema = [first!, ...keys, ...rest]
      return fc
        .array(rowsOf(schema, 12), { minLength: 1, maxLength: 3 })
        .map((batches) => ({ schema, keys, others, batches }))
    })
    await fc.assert(
      fc.asyncProperty(input, async ({ schema, keys, others, batches }) => {
        const some = batches.filter((rows) => rows.length > 0)
        const all = some.flat()
        const partitionBy = keys.map(({ name }) => name.replaceAll('.', '\\.'))
        const folder = await exported(
          partitionBy,
          schema,
          some.map((rows) => ({ rows, date: '2025-03-14' })),
        )
        try {
          expect(folder.rows).toEqual({ rows: all.length, leftOut: {} })
          const wanted = Map.groupBy(all, (row) => JSON.stringify(keys.map(({ key, type }) => textOf(type, row[key]))))
          if (all.length === 0) {
            expect(folder.files).toEqual(['part-0.parquet'])
            expect(await duck.read(others, await folder.read('part-0.parquet'))).toEqual([])
            return
          }
          expect(folder.files.map((file) => valuesOf(file, partitionBy)).sort()).toEqual([...wanted.keys()].sort())
          for (const file of folder.files) {
            const rows = wanted.get(valuesOf(file, partitionBy))!
            expect(await duck.read(others, await folder.read(file))).toEqual(plainRows(others, rows))
          }
        } finally {
          await folder.remove()
        }
      }),
      { numRuns: 40 },
    )
  })

  test('hold any text safely, and DuckDB reads it back', async () => {
    const texts = [
      ...[
        'plain',
        '',
        '..',
        '.',
        '/',
        '../../etc/passwd',
        '\0',
        'a\0b',
        'NULL',
        'null',
        NULL_FOLDER,
        '%2F',
        'a=b',
        ' ',
      ],
      ...[
        '名前',
        '\u{1f600}',
        '\n',
        '"',
        "'",
        '\\',
        '*',
        '?',
        ':',
        '~',
        'x'.repeat(250),
        NULL_FOLDER.toLowerCase(),
        'Null',
      ],
    ]
    const schema = [field('k', 'string'), field('n', 'int64')]
    const rows = [...texts, null].map((k, i): Row => ({ k, n: BigInt(i) }))
    const folder = await exported(['k'], schema, [{ rows }])
    try {
      expect(folder.files).toHaveLength(rows.length)
      const seen = await hiveRows(folder, 'k, n')
      expect(seen.sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual(rows.map(({ k, n }) => [k, n]))
      for (const file of folder.files) expect(file).toMatch(/^k=[\w.~%-]*\/part-0\.parquet$/)
    } finally {
      await folder.remove()
    }
  })

  test('have numbers and times as JSON has them', async () => {
    const schema = [
      field('b', 'bool'),
      field('i', 'int64'),
      field('d', 'double'),
      field('t', 'timestamp'),
      field('n', 'int64'),
    ]
    const rows: Row[] = [
      { b: true, i: 2n ** 63n - 1n, d: -0, t: 1741914123000004n, n: 1n },
      { b: false, i: -(2n ** 63n), d: 5, t: 0n, n: 2n },
      { b: null, i: null, d: null, t: null, n: 3n },
    ]
    const folder = await exported(['b', 'i', 'd', 't'], schema, [{ rows }])
    try {
      expect(folder.files.map(decodeURIComponent)).toEqual([
        `b=${NULL_FOLDER}/i=${NULL_FOLDER}/d=${NULL_FOLDER}/t=${NULL_FOLDER}/part-0.parquet`,
        'b=false/i=-9223372036854775808/d=5.0/t=1970-01-01T00:00:00.000000Z/part-0.parquet',
        'b=true/i=9223372036854775807/d=-0.0/t=2025-03-14T01:02:03.000004Z/part-0.parquet',
      ])
      const typed = 'n, CAST(b AS BOOL), CAST(i AS BIGINT), CAST(d AS DOUBLE), epoch_us(CAST(t AS TIMESTAMPTZ))'
      const seen = await hiveRows(folder, typed)
      expect(seen.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(rows.map(({ b, i, d, t, n }) => [n, b, i, d, t]))
    } finally {
      await folder.remove()
    }
  })
})

/** The text of a value, null for null. */
function textOf(type: Type, value: Value): string | null {
  return value === null || value === undefined ? null : modelScalar(type, value)
}

/** What the names of the folders say, read the plain way. */
function valuesOf(file: string, partitionBy: readonly string[]): string {
  const folders = file.split('/')
  expect(folders.pop()).toBe('part-0.parquet')
  expect(folders.map((folder) => decodeURIComponent(folder.split('=')[0]!))).toEqual(partitionBy)
  const values = folders.map((folder) => folder.slice(folder.indexOf('=') + 1))
  return JSON.stringify(values.map((value) => (value === NULL_FOLDER ? null : decodeURIComponent(value))))
}

describe('date', () => {
  const rows = (...numbers: readonly number[]): Row[] => numbers.map((n) => ({ n: BigInt(n), date: `${n}` }))

  test('is the sealed day', async () => {
    const folder = await exported(
      ['date'],
      [field('n', 'int64')],
      [
        { rows: rows(1, 2), date: '2025-03-14' },
        { rows: rows(3), date: '2025-03-15' },
        { rows: rows(4), date: '2025-03-14' },
      ],
    )
    try {
      expect(folder.files).toEqual(['date=2025-03-14/part-0.parquet', 'date=2025-03-15/part-0.parquet'])
      const seen = await hiveRows(folder, 'date, n')
      expect(seen.map(String).sort()).toEqual(['2025-03-14,1', '2025-03-14,2', '2025-03-14,4', '2025-03-15,3'])
      const days = await duck.query('SELECT list(n)::VARCHAR FROM FILE', await folder.read(folder.files[0]!))
      expect(days).toEqual([['[1, 2, 4]']])
    } finally {
      await folder.remove()
    }
  })

  test('is the column of that name where there is one', async () => {
    const schema = [field('n', 'int64'), field('date', 'string')]
    const folder = await exported(['date'], schema, [{ rows: rows(7), date: '2025-03-14' }])
    expect(folder.files).toEqual(['date=7/part-0.parquet'])
    await folder.remove()
  })

  test('cannot be told of rows that are made of several days', async () => {
    await expect(exported(['date'], [field('n', 'int64')], [{ rows: rows(1), date: undefined }])).rejects.toThrow(
      'partitionBy: rows that are made of several days have no date',
    )
  })
})

describe('columns inside structs', () => {
  const struct = (...fields: Schema): Type => ({ kind: 'struct', fields })

  test('make folders named by their path, and leave the rest of the struct', async () => {
    const schema = [field('a', struct(field('k', 'string'), field('x', 'int64')))]
    const rows: Row[] = [{ a: { k: 'one', x: 1n } }, { a: null }, { a: { k: null, x: 2n } }]
    const folder = await exported(['a.k'], schema, [{ rows }])
    try {
      expect(folder.files).toEqual([`a.k=${NULL_FOLDER}/part-0.parquet`, 'a.k=one/part-0.parquet'])
      const rest = [field('a', struct(field('x', 'int64')))]
      expect(await duck.read(rest, await folder.read(folder.files[0]!))).toEqual(
        plainRows(rest, [{ a: null }, { a: { x: 2n } }]),
      )
    } finally {
      await folder.remove()
    }
  })

  test('take the struct with them when they are all of it', async () => {
    const schema = [field('a', struct(field('k', 'string'))), field('n', 'int64')]
    const folder = await exported(['a.k'], schema, [{ rows: [{ a: { k: 'one' }, n: 1n }] }])
    expect(
      await duck.query('SELECT column_name FROM (DESCRIBE FROM FILE)', await folder.read('a.k=one/part-0.parquet')),
    ).toEqual([['n']])
    await folder.remove()
  })
})

describe('many rows', () => {
  test('of many folders, in blocks that are spooled one after the other', async () => {
    const schema = [
      field('k', 'int64'),
      field('n', 'int64'),
      field('s', 'string'),
      field('l', { kind: 'list', element: { kind: 'int64', exact: true } }),
    ]
    const total = 140_000
    const row = (i: number): Row => ({
      k: BigInt((i * 7919) % 97),
      n: BigInt(i),
      s: i % 3 === 0 ? null : `s${i % 1000}`,
      l: i % 2 === 0 ? [BigInt(i), null] : [],
    })
    const batches = Array.from({ length: total / 10_000 }, (_, b) => ({
      rows: Array.from({ length: 10_000 }, (_, i) => row(b * 10_000 + i)),
    }))
    const folder = await exported(['k'], schema, batches)
    try {
      expect(folder.files).toHaveLength(97)
      const [seen] = await hiveRows(
        folder,
        `count(*), count(DISTINCT n), sum(n), bool_and(CAST(k AS BIGINT) = (n * 7919) % 97),
         bool_and(s IS NOT DISTINCT FROM CASE WHEN n % 3 = 0 THEN NULL ELSE 's' || (n % 1000) END),
         bool_and(l IS NOT DISTINCT FROM CASE WHEN n % 2 = 0 THEN [n, NULL] ELSE [] END)`,
      )
      expect(seen).toEqual([BigInt(total), BigInt(total), BigInt((total * (total - 1)) / 2), true, true, true])
      const ordered = await duck.query(
        'SELECT bool_and(n > before) FROM (SELECT n, lag(n) OVER () AS before FROM FILE)',
        await folder.read(folder.files[5]!),
      )
      expect(ordered).toEqual([[true]])
    } finally {
      await folder.remove()
    }
  })
})
