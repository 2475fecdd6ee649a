import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elasticsearch } from '../../lib/export/formats/elasticsearch.ts'
import type { TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, STRING, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, type ExportedRows, exported } from './exported.ts'
import { hostile } from './hostile-names.ts'
import { modelRow } from './json-model.ts'

interface Document {
  readonly action: { readonly _index: string; readonly _id?: string }
  /** JSON. */
  readonly row: string
}

function documents(text: string): Document[] {
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.slice(0, -1).split('\n')
  expect(lines.length % 2).toBe(0)
  return Array.from({ length: lines.length / 2 }, (_, i) => {
    const { index, ...others } = JSON.parse(lines[i * 2]!)
    expect(others).toEqual({})
    expect(JSON.parse(lines[i * 2 + 1]!)).toBeTypeOf('object')
    return { action: index, row: lines[i * 2 + 1]! }
  })
}

async function exportedDocuments(options: Readonly<Record<string, unknown>>, rows: ExportedRows) {
  const { text, written } = await exported(elasticsearch, { format: 'elasticsearch', ...options }, rows)
  const found = documents(text)
  expect(written).toEqual({ rows: found.length, leftOut: {} })
  return found
}

const actions = async (options: Readonly<Record<string, unknown>>, rows: ExportedRows) =>
  (await exportedDocuments(options, rows)).map(({ action }) => action)

async function refusal(options: Readonly<Record<string, unknown>>, rows: ExportedRows): Promise<string> {
  const { code, message } = await thrownBy(() => exportedDocuments(options, rows))
  expect(code).toBe('usage')
  return message
}

const schema = columns({
  at: 'timestamp',
  text: 'string',
  n: 'int64',
  deep: { struct: [{ name: 'id', type: 'string' }] },
})

const names = fc.array(fc.constantFrom('a', 'é', '"', '\\', ' ', '\n', '\0', '_', '\u{1f600}', '\uffff'), {
  minLength: 1,
  maxLength: 4,
})
const cases = schemas(3).chain((schema) =>
  fc.record({
    schema: hostile(
      schema,
      names.map((parts) => `n${parts.join('')}`),
    ).map((fields): Schema => {
      return [{ key: 'doc', name: '__proto__', type: { kind: 'string' } }, ...fields]
    }),
    rows: fc.tuple(rowsOf(schema, 4), rowsOf(schema, 4)),
    ids: fc.array(
      fc.oneof(
        STRING.filter((id) => id !== ''),
        fc.constant(null),
      ),
      { minLength: 8, maxLength: 8 },
    ),
  }),
)

describe('elasticsearch', () => {
  test('has every row, and its id, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows, ids }) => {
        const own = rows.map((some, batch) => some.map((row, i): Row => ({ ...row, doc: ids[batch * 4 + i]! })))
        const found = await exportedDocuments({ id: '__proto__' }, { schema, rows: own })
        expect(found.map(({ row }) => row)).toEqual(own.flat().map((row) => modelRow(schema, row)))
        expect(found.map(({ action }) => action)).toEqual(
          own.flat().map(({ doc }) => ({ _index: 'days-2025.03.14', ...(doc !== null && { _id: doc }) })),
        )
      }),
      runs(80),
    )
  })

  test('is these bytes', async () => {
    const rows = [[{ at: 1_741_910_523_000_004n, text: 'a"b', n: 2n ** 63n - 1n, deep: { id: 'x' } }, {}]]
    const options = { format: 'elasticsearch', index: 'logs-{yyyy}.{MM}', id: 'deep.id', time: 'at' } as const
    const { text } = await exported(elasticsearch, options, { schema, rows })
    expect(text).toBe(
      '{"index":{"_index":"logs-2025.03","_id":"x"}}\n' +
        '{"at":"2025-03-14T00:02:03.000004Z","text":"a\\"b","n":9223372036854775807,"deep":{"id":"x"}}\n' +
        '{"index":{"_index":"logs-2025.03"}}\n' +
        '{"at":null,"text":null,"n":null,"deep":null}\n',
    )
  })

  test('names the index by the time of the row, else by the sealed day', async () => {
    const times = [
      '1969-12-31T23:59:59.999999Z',
      '2025-03-15T00:30:00+01:00',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
    ]
    const rows = [[...times.map((text) => ({ text })), {}]]
    expect(await actions({ index: 'x-{yyyy}-{MM}-{dd}-{HH}', time: 'text' }, { schema, rows })).toEqual([
      { _index: 'x-1969-12-31-23' },
      { _index: 'x-2025-03-14-23' },
      { _index: 'x-0001-01-01-00' },
      { _index: 'x-9999-12-31-23' },
      { _index: 'x-2025-03-14-00' },
    ])
    const hours = ['2025-03-14T01:59:59.999999Z', '2025-03-14T02:00:00Z', '2025-03-14T01:00:00Z'].map((text) => ({
      text,
    }))
    expect(await actions({ index: 'x-{HH}', time: 'text' }, { schema, rows: [hours] })).toEqual([
      { _index: 'x-01' },
      { _index: 'x-02' },
      { _index: 'x-01' },
    ])
    expect(await actions({ index: '{dataset}_all' }, { schema, rows, date: undefined })).toHaveLength(5)
    expect(await actions({ index: 'all' }, { schema, rows: [[{ at: 2n ** 62n }]], date: undefined })).toEqual([
      { _index: 'all' },
    ])
  })

  test('takes integers for ids, and ids of 512 bytes', async () => {
    expect(await actions({ index: 'i', id: 'n' }, { schema, rows: [[{ n: -(2n ** 63n) }]] })).toEqual([
      { _index: 'i', _id: '-9223372036854775808' },
    ])
    const longest = '"'.repeat(512)
    expect(await actions({ index: 'i', id: 'text' }, { schema, rows: [[{ text: longest }]] })).toEqual([
      { _index: 'i', _id: longest },
    ])
  })

  test('without rows is empty', async () => {
    expect(await exportedDocuments({}, { schema, rows: [] })).toEqual([])
  })

  test.each([
    ['{dataset}', 'Days', 'capital letters'],
    ['-a', 'd', 'begins with -'],
    ['_a', 'd', 'begins with _'],
    ['+a', 'd', 'begins with +'],
    ['..', 'd', 'no name'],
    ...['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ',', '#', ':', '\0', '\n'].map((char) => [
      'a{dataset}',
      char,
      `it has ${JSON.stringify(char)}`,
    ]),
    [`{yyyy}${'é'.repeat(126)}`, 'd', '256 bytes'],
    ['a{day}', 'd', '{day}'],
  ])('refuses the index %j of %j', async (index, dataset, seen) => {
    expect(await refusal({ index }, { schema, rows: [], dataset })).toContain(seen)
  })

  test('refuses rows that have no index or no id', async () => {
    const of = (row: Row, date?: string) => ({ schema, rows: [[row]], date })
    expect(await refusal({ time: 'at' }, of({}))).toContain('null in at')
    expect(await refusal({}, of({}))).toContain('no `time`')
    expect(await refusal({ time: 'text' }, of({ text: '2025-03-14' }))).toContain('seen: "2025-03-14"')
    expect(await refusal({ time: 'at' }, of({ at: 253_402_300_800_000_000n }))).toContain('253402300800000000 micro')
    expect(await refusal({ time: 'at' }, of({ at: -62_135_596_800_000_001n }))).toContain('-62135596800000001 micro')
    expect(await refusal({ id: 'text' }, of({ text: '' }, '2025-03-14'))).toContain('an empty text')
    expect(await refusal({ id: 'text' }, of({ text: 'é'.repeat(257) }, '2025-03-14'))).toContain('514 bytes')
  })

  test('refuses options for columns that are not there, or of other kinds', async () => {
    const rows = { schema, rows: [] }
    expect(await refusal({ id: 'txt' }, rows)).toContain('did you mean text?')
    expect(await refusal({ id: 'deep' }, rows)).toContain('seen: a struct')
    expect(await refusal({ time: 'deep' }, rows)).toContain('seen: a struct')
    expect(await refusal({ index: '{HH}' }, rows)).toContain('no column of times')
  })

  test.each<[Readonly<Record<string, TypeJson>>, string, string]>([
    [{ '': 'string' }, '', 'blank'],
    [{ ' ': 'string' }, ' ', 'blank'],
    [{ '.': 'string' }, '.', 'blank'],
    [{ 'a.': 'string' }, 'a.', 'blank'],
    [{ 'a..b': 'string' }, 'a..b', 'blank'],
    [{ a: { list: { struct: [{ name: '', type: 'bool' }] } } }, 'a.', 'blank'],
    [{ _id: 'string' }, '_id', 'metadata'],
    [{ '_source.a': 'string' }, '_source.a', 'metadata'],
    [{ 'a.b': 'string', a: { struct: [{ name: 'b', type: 'string' }] } }, 'a.b', 'has its place'],
    [{ 'a.b.c': 'string', a: 'string' }, 'a.b.c', 'has its place'],
  ])('refuses the columns %j', async (types, column, seen) => {
    const message = await refusal({}, { schema: columns(types), rows: [] })
    expect(message).toContain(`the column ${JSON.stringify(column)}`)
    expect(message).toContain(seen)
    expect(message).toContain('rename')
  })

  test('takes dots that are steps into one object, and any keys of maps', async () => {
    const dotted = columns({
      'a.b': 'string',
      ...{ a: { struct: [{ name: '_id', type: 'string' }] }, m: { map: 'string' } },
    })
    const row: Row = {
      'a.b': 'x',
      a: { _id: 'y' },
      m: new Map([
        ['', 'z'],
        ['.', null],
      ]),
    }
    const [found] = await exportedDocuments({}, { schema: dotted, rows: [[row]] })
    expect(found!.row).toBe('{"a.b":"x","a":{"_id":"y"},"m":{"":"z",".":null}}')
  })
})
