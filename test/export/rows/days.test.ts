import { describe, expect, test } from 'vitest'
import { schemaToJson, type TypeJson } from '../../../lib/shred/schema-json.ts'
import type { Value } from '../../parquet/reference-shred.ts'
import { open, rowsOfSource } from './read-source.ts'
import { schemaOf, type WrittenDay, writeDay } from './written-days.ts'

async function read(days: readonly WrittenDay[], selection: object = {}) {
  const source = await open(days, selection)
  const rows = await rowsOfSource(source)
  return { columns: schemaToJson(source.schema), rows, counts: source.counts() }
}

/** One day per type, whose only column is `v`. */
async function joined(...days: readonly (readonly [type: TypeJson, value: Value])[]) {
  const written: WrittenDay[] = []
  for (const [i, [type, value]] of days.entries()) {
    written.push(await writeDay(`2025-03-1${i}`, schemaOf({ name: 'v', type }), [[{ v: value }]]))
  }
  const { columns, rows } = await read(written)
  return { type: columns[0]!.type, values: rows.map((row) => (row as { v: unknown }).v) }
}

describe('several days', () => {
  test('come one after the other, each batch with its date', async () => {
    const schema = schemaOf({ name: 'a', type: 'int64' })
    const days = [
      await writeDay('2025-03-14', schema, [[{ a: 1n }], [{ a: 2n }]]),
      await writeDay('2025-03-15', schema, []),
      await writeDay('2025-03-16', schema, [[{ a: 3n }]]),
    ]
    const source = await open(days)
    const seen: unknown[] = []
    for await (const { date, rows } of source.batches()) seen.push([date, rows])
    expect(seen).toEqual([
      ['2025-03-14', 1],
      ['2025-03-14', 1],
      ['2025-03-16', 1],
    ])
  })

  test('have the columns of all; where one lacks a column inside something, that is there and the column null', async () => {
    const first = schemaOf(
      { name: 'a', type: { list: { struct: [{ name: 'x', type: 'int64' }] } } },
      { name: 'm', type: { map: { struct: [{ name: 'x', type: 'bool' }] } } },
    )
    const second = schemaOf(
      { name: 'b', type: 'string' },
      { name: 'm', type: { map: { struct: [{ name: 'y', type: { list: 'string' } }] } } },
      { name: 'a', type: { list: { struct: [{ name: 'y', type: 'string' }] } } },
    )
    const days = [
      await writeDay('2025-03-14', first, [[{ a: [{ x: 1n }, null, { x: null }], m: new Map([['k', { x: true }]]) }]]),
      await writeDay('2025-03-15', second, [
        [{ b: 'B', a: [], m: new Map([['k', { y: ['l'] }]]) }, { a: [{ y: 'z' }] }],
      ]),
    ]
    const rows = [
      { a: [{ x: 1n, y: null }, null, { x: null, y: null }], m: new Map([['k', { x: true, y: null }]]), b: null },
      { a: [], m: new Map([['k', { x: null, y: ['l'] }]]), b: 'B' },
      { a: [{ x: null, y: 'z' }], m: null, b: null },
    ]
    expect((await read(days)).rows).toEqual(rows)
    expect((await read(days, { columns: ['a[].y'] })).rows).toEqual([
      { a: [{ y: null }, null, { y: null }] },
      { a: [] },
      { a: [{ y: 'z' }] },
    ])
    expect((await read(days, { columns: ['b'], where: { b: null } })).rows).toEqual([{ b: null }, { b: null }])
    expect((await read(days, { columns: ['b'], where: { 'a[].y': null } })).rows).toEqual([{ b: null }])
  })

  test('widen integers to doubles while these are exact', async () => {
    const max = 2n ** 53n
    expect(await joined(['int64', max], ['double', 0.5])).toEqual({
      type: 'double',
      values: [2 ** 53, 0.5],
    })
    expect(await joined(['double', 0.5], ['int64', max + 1n])).toEqual({
      type: 'json',
      values: ['0.5', '9007199254740993'],
    })
    expect(await joined(['int64', -5n], ['double', 5], ['int64', -max - 1n])).toEqual({
      type: 'json',
      values: ['-5', '5.0', '-9007199254740993'],
    })
  })

  test('whose columns are of different kinds hold JSON, or what both can be', async () => {
    const struct: TypeJson = {
      struct: [
        { name: 'a', type: 'int64' },
        { name: 'b', type: 'int64' },
      ],
    }
    expect(await joined([struct, { a: 1n, b: null }], [{ map: 'double' }, new Map([['z', 0.5]])])).toEqual({
      type: { map: 'double' },
      values: [new Map([['a', 1]]), new Map([['z', 0.5]])],
    })
    expect(await joined([struct, { a: 2n ** 53n + 1n, b: null }], [{ map: 'double' }, new Map([['z', 0.5]])])).toEqual({
      type: { map: 'json' },
      values: [new Map([['a', '9007199254740993']]), new Map([['z', '0.5']])],
    })
    expect(await joined([struct, { a: 1n, b: null }], ['string', 'te"xt'])).toEqual({
      type: 'json',
      values: ['{"a":1}', '"te\\"xt"'],
    })
    expect(await joined(['timestamp', 1n], ['string', 'later'])).toEqual({
      type: 'string',
      values: ['1970-01-01T00:00:00.000001Z', 'later'],
    })
    expect(await joined(['json', '{"a": [1.50]}'], ['bool', true])).toEqual({
      type: 'json',
      values: ['{"a": [1.50]}', 'true'],
    })
  })

  test('go through JSON only where what is asked for clashes, and conditions hold for what it becomes', async () => {
    const days = [
      await writeDay('2025-03-14', schemaOf({ name: 'n', type: 'int64' }, { name: 'v', type: 'int64' }), [
        [{ n: 1n, v: 5n }],
        [{ n: 2n, v: 6n }],
      ]),
      await writeDay('2025-03-15', schemaOf({ name: 'n', type: 'int64' }, { name: 'v', type: 'string' }), [
        [{ n: 3n, v: '5' }],
      ]),
    ]
    const plain = await read(days, { columns: ['n'], where: { n: [2, 3] } })
    expect(plain.rows).toEqual([{ n: 2n }, { n: 3n }])
    expect(plain.counts.rowGroupsSkipped).toBe(1)
    const byJson = await read(days, { columns: ['n'], where: { v: 5 } })
    expect(byJson.rows).toEqual([{ n: 1n }])
    expect((await read(days, { columns: ['n'], where: { v: '"5"' } })).rows).toEqual([{ n: 3n }])
  })

  test('keep the shape of what holds nothing that is asked for, by way of JSON too', async () => {
    const list = (name: string) => ({ name: 'a', type: { list: { struct: [{ name, type: 'int64' as const }] } } })
    const days = [
      await writeDay('2025-03-14', schemaOf(list('x'), { name: 'v', type: 'int64' }), [
        [{ a: [{ x: 1n }, null], v: 1n }],
      ]),
      await writeDay('2025-03-15', schemaOf(list('y'), { name: 'v', type: 'string' }), [[{ a: [], v: 's' }]]),
    ]
    expect((await read(days, { columns: ['a[].y', 'v'] })).rows).toEqual([
      { a: [{ y: null }, null], v: '1' },
      { a: [], v: '"s"' },
    ])
  })
})

describe('a day without columns', () => {
  const schema = schemaOf({ name: 'a', type: 'int64' }, { name: 'l', type: { list: 'string' } })
  /** `{}` three times. */
  const bare = () => writeDay('2025-03-14', [], [[{}, {}, {}]])
  const full = () => writeDay('2025-03-15', schema, [[{ a: 1n, l: ['x'] }]])

  test('gives rows of nulls beside other days', async () => {
    const days = [await bare(), await full()]
    const nulls = { a: null, l: null }
    expect((await read(days)).rows).toEqual([nulls, nulls, nulls, { a: 1n, l: ['x'] }])
    expect((await read(days, { where: { a: 1 } })).counts).toMatchObject({ rowsSelected: 1, rowGroupsSkipped: 1 })
    expect((await read(days, { where: { a: null }, limit: 2 })).rows).toEqual([nulls, nulls])
  })

  test('gives rows without columns alone, whatever is asked for', async () => {
    const source = await open([await bare()], { columns: ['x'], where: { y: null } }, { batchRows: 2 })
    expect(source.schema).toEqual([])
    expect(await rowsOfSource(source, 2)).toEqual([{}, {}, {}])
    expect((await read([await bare()], { where: { y: 1 } })).rows).toEqual([])
    expect((await read([await bare()], { time: { column: 'x', from: '2025-03-14' } })).rows).toEqual([])
    expect((await read([await bare()], { limit: 1 })).rows).toEqual([{}])
  })

  test('and without rows gives none', async () => {
    const days = [await writeDay('2025-03-14', [], [])]
    expect(await read(days, { columns: ['x'] })).toMatchObject({ columns: [], rows: [] })
    expect((await read([...days, await full()])).rows).toHaveLength(1)
  })
})
