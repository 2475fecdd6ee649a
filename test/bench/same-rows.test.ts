import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { compareRows } from '../../bench/equality/same-rows.ts'
import { temporaryFolder } from '../cli/dayseal.ts'

const ROWS = [
  row("'2025-03-14T05:00:00.000001Z'", '1', '0.1', "MAP {'t': 7}", "[{'at': '2025-03-14T06:00:00+01:00'}]"),
  row("'2025-03-14T05:00:00.000002Z'", '9007199254740993', '2.5', 'MAP {}', '[]'),
  row("'2025-03-14T06:00:00Z'", 'NULL', 'NULL', 'NULL', 'NULL'),
]

function row(ts: string, n: string, x: string, tags: string, samples: string): string {
  const struct = `{'x': ${x}::DOUBLE, 'tags': ${tags}::MAP(VARCHAR, BIGINT), 'samples': ${samples}::STRUCT("at" VARCHAR)[]}`
  return `SELECT ${ts} AS ts, ${n}::BIGINT AS n, ${struct} AS "a ""b"""`
}

let ours: (sql: string) => Promise<readonly string[]>

beforeAll(() => {
  ours = async (sql) => {
    const folder = await temporaryFolder()
    const [mine, theirs] = [join(folder, 'mine.parquet'), join(folder, 'theirs.parquet')]
    const instance = await DuckDBInstance.create(':memory:')
    onTestFinished(() => instance.closeSync())
    const connection = await instance.connect()
    await connection.run(`COPY (${ROWS.join(' UNION ALL ')}) TO '${mine}' (FORMAT parquet)`)
    await connection.run(`COPY (${sql}) TO '${theirs}' (FORMAT parquet)`)
    connection.closeSync()
    return compareRows({ ours: mine, theirs, closely: 'true' })
  }
})

test('the same rows in another order are the same', async () => {
  expect(await ours([...ROWS].reverse().join(' UNION ALL '))).toEqual([])
})

test('texts that the other side took for timestamps, at any depth, are the same', async () => {
  const asTimestamps = `SELECT ts::TIMESTAMP AS ts, n, struct_pack(x := "a ""b""".x, tags := "a ""b""".tags,
    samples := "a ""b""".samples::STRUCT("at" TIMESTAMP)[]) AS "a ""b""" FROM (${ROWS.join(' UNION ALL ')})`
  // A struct that is null is not one of nulls: the third row keeps it.
  expect(await ours(asTimestamps)).toEqual([])
})

test('another value, one more row, one row less, and one twice are found', async () => {
  const [first, second, third] = ROWS as [string, string, string]
  const changed = first.replace("MAP {'t': 7}", "MAP {'t': 8}")
  for (const rows of [
    [changed, second, third],
    [...ROWS, third],
    [first, second],
    [first, first, third],
  ]) {
    const differences = await ours(rows.join(' UNION ALL '))
    expect(differences.join('\n')).toMatch(/whole rows/)
    expect(differences.at(-1)).toMatch(/^where true: \d rows that ours does not have, \d of ours that are lacking$/)
  }
})

test('numbers that lost digits in a narrower type are found', async () => {
  const rows = ROWS.join(' UNION ALL ')
  const asReal = `SELECT ts, n, {'x': ("a ""b""".x)::FLOAT, 'tags': "a ""b""".tags, 'samples': "a ""b""".samples} AS "a ""b""" FROM (${rows})`
  expect((await ours(asReal)).join('\n')).toMatch(/column a "b" as STRUCT\("x" DOUBLE/)
  expect((await ours(`SELECT * REPLACE (n::DOUBLE AS n) FROM (${rows})`)).join('\n')).toMatch(/column n as BIGINT/)
})

test('rows whose values were exchanged are found, though every column is the same', async () => {
  const [first, second, third] = ROWS as [string, string, string]
  const exchanged = [first.replace('.000001Z', '.000002Z'), second.replace('.000002Z', '.000001Z'), third]
  const differences = await ours(exchanged.join(' UNION ALL '))
  expect(differences).toHaveLength(2)
  expect(differences[0]).toMatch(/^whole rows/)
  expect(differences[1]).toBe('where true: 2 rows that ours does not have, 2 of ours that are lacking')
})

test('a column that is missing, and one that only they have, are found unless it is empty', async () => {
  expect(await ours(`SELECT ts, n FROM (${ROWS.join(' UNION ALL ')})`)).toEqual(['column a "b" is missing'])
  expect(await ours(`SELECT *, '{}'::JSON AS labels FROM (${ROWS.join(' UNION ALL ')})`)).toEqual([])
  expect(await ours(`SELECT *, '{"k":1}'::JSON AS labels FROM (${ROWS.join(' UNION ALL ')})`)).toEqual([
    'labels has values in 3 rows, and no column in ours',
  ])
})
