import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splunk } from '../../lib/export/formats/splunk.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, type ExportedRows, exported } from './exported.ts'
import { hostile } from './hostile-names.ts'
import { modelRow, modelText } from './json-model.ts'

type Options = Readonly<Record<string, unknown>>

async function lines(options: Options, rows: ExportedRows): Promise<readonly string[]> {
  const { text, written } = await exported(splunk, { format: 'splunk', ...options }, rows)
  expect(text === '' || text.endsWith('\n')).toBe(true)
  // What Splunk parts events by.
  const found = text.split(/[\r\n]/).slice(0, -1)
  expect(written).toEqual({ rows: found.length, leftOut: {} })
  return found
}

async function refusal(options: Options, rows: ExportedRows): Promise<string> {
  const { code, message } = await thrownBy(() => lines(options, rows))
  expect(code).toBe('usage')
  return message
}

/** The line's time, and its pairs with their values as texts. */
function parseLine(line: string): { readonly time: string; readonly pairs: ReadonlyMap<string, string> } {
  const time = /^[-+\d]\S*(?: |$)/.exec(line)?.[0] ?? ''
  const pair = /([A-Za-z][A-Za-z0-9_.]*)=("(?:[^"\\]|\\.)*")(?: |$)/y
  pair.lastIndex = time.length
  const pairs = new Map<string, string>()
  while (pair.lastIndex < line.length) {
    const [, key, value] = pair.exec(line) ?? []
    expect(key, line).toBeDefined()
    expect(pairs.has(key!)).toBe(false)
    pairs.set(key!, JSON.parse(value!))
  }
  return { time: time.trim(), pairs }
}

function nameOf(text: string): string {
  return text.replace(/_x([0-9A-F]{4}|[0-9A-F]{6})?_/g, (_, code?: string) =>
    code === undefined ? '' : String.fromCodePoint(Number.parseInt(code, 16)),
  )
}

function pathOf(key: string): string {
  const names = key.replace(/^x_/, '').split('.').map(nameOf)
  return JSON.stringify(names)
}

/** The texts of a row by the paths of its columns, made the plain way. */
function expectedPairs(fields: Schema, row: Row, above: readonly string[] = []): [string, string][] {
  return fields.flatMap(({ key, name, type }): [string, string][] => {
    const value = row[key]
    if (value === null || value === undefined) return []
    const path = [...above, name]
    if (type.kind === 'struct') return expectedPairs(type.fields, value as Row, path)
    return [[JSON.stringify(path), expectedText(type, value)]]
  })
}

function expectedText(type: Type, value: Value): string {
  const text = modelText(type, value)
  return type.kind === 'string' || type.kind === 'timestamp' ? JSON.parse(text) : text
}

const cases = schemas(3).chain((schema) =>
  fc.record({ schema: hostile(schema), rows: fc.tuple(rowsOf(schema, 4), rowsOf(schema, 4)) }),
)

describe('splunk, hec', () => {
  test('has every row, whatever they and their names are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows }) => {
        const found = await lines({}, { schema, rows })
        expect(found).toEqual(rows.flat().map((row) => `{"event":${modelRow(schema, row)}}`))
        for (const line of found) expect(Object.keys(JSON.parse(line))).toEqual(['event'])
      }),
      runs(80),
    )
  })

  test('says when and where events were', async () => {
    const schema = columns({ at: 'timestamp', text: 'string' })
    const rows = [[4n, -1n, -1_000_001n, 1_741_910_523_000_004n, null].map((at): Row => ({ at }))]
    const options = { time: 'at', host: 'h"', source: 's', sourcetype: '_json', index: 'main' }
    const around = '"host":"h\\"","source":"s","sourcetype":"_json","index":"main","event":{"at":'
    expect(await lines(options, { schema, rows })).toEqual([
      `{"time":0.000004,${around}"1970-01-01T00:00:00.000004Z","text":null}}`,
      `{"time":-0.000001,${around}"1969-12-31T23:59:59.999999Z","text":null}}`,
      `{"time":-1.000001,${around}"1969-12-31T23:59:58.999999Z","text":null}}`,
      `{"time":1741910523.000004,${around}"2025-03-14T00:02:03.000004Z","text":null}}`,
      `{${around}null,"text":null}}`,
    ])
    const texts = [[{ text: '2025-03-14T01:02:03+01:00' }]]
    expect(await lines({ time: 'text' }, { schema, rows: texts })).toEqual([
      '{"time":1741910523.000000,"event":{"at":null,"text":"2025-03-14T01:02:03+01:00"}}',
    ])
    expect(await refusal({ time: 'text' }, { schema, rows: [[{ text: 'now' }]] })).toContain('seen: "now"')
  })

  test('without rows is empty', async () => {
    expect(await lines({}, { schema: columns({ a: 'string' }), rows: [] })).toEqual([])
  })
})

describe('splunk, line', () => {
  test('reads back as the same rows, whatever they and their names are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows }) => {
        const found = await lines({ form: 'line' }, { schema, rows })
        const pairs = found.map((line) =>
          [...parseLine(line).pairs].map(([key, text]) => [pathOf(key), text]).toSorted(),
        )
        expect(pairs).toEqual(rows.flat().map((row) => expectedPairs(schema, row).toSorted()))
      }),
      runs(150),
    )
  })

  test('is these bytes', async () => {
    const schema = columns({
      ...{ n: 'int64', at: 'timestamp', d: 'double', ok: 'bool', any: 'json', message: 'string' },
      ...{ list: { list: 'string' }, map: { map: 'int64' }, level: 'string' },
      deep: {
        struct: [
          { name: 'a.b', type: 'string' },
          { name: '_id', type: 'int64' },
        ],
      },
    })
    const rows: Row[] = [
      {
        ...{ n: -1n, at: 1_741_910_523_000_004n, d: 5, ok: true, any: '{"a": "b"}', message: 'say "hi"\\\r\n\0' },
        ...{ list: ['"', null], map: new Map([['k', 1n]]), level: 'info', deep: { 'a.b': '', _id: 7n } },
      },
      { deep: { 'a.b': null, _id: null }, list: [], map: new Map() },
      {},
    ]
    expect(await lines({ form: 'line', time: 'at' }, { schema, rows: [rows] })).toEqual([
      '2025-03-14T00:02:03.000004Z level="info" message="say \\"hi\\"\\\\\\r\\n\\u0000" n="-1" at="2025-03-14T00:02:03.000004Z" ' +
        'd="5.0" ok="true" any="{\\"a\\": \\"b\\"}" list="[\\"\\\\\\"\\",null]" map="{\\"k\\":1}" deep.a_x002E_b="" deep._id="7"',
      'list="[]" map="{}"',
      '',
    ])
  })

  test('puts level and message first, from the columns that are named', async () => {
    const schema = columns({ a: 'string', severity: 'int64', log: { struct: [{ name: 'text', type: 'string' }] } })
    const rows = [[{ a: 'x', severity: 3n, log: { text: 'hi' } }, { a: 'y' }]]
    const options = { form: 'line', level: 'severity', message: 'log.text' }
    expect(await lines(options, { schema, rows })).toEqual([
      'level="3" message="hi" a="x" severity="3" log.text="hi"',
      'a="y"',
    ])
    const own = columns({ a: 'string', message: 'string', level: 'string' })
    expect(
      await lines({ form: 'line', level: 'level' }, { schema: own, rows: [[{ a: 'a', message: 'm', level: 'l' }]] }),
    ).toEqual(['level="l" message="m" a="a"'])
    expect(await refusal({ form: 'line', level: 'a' }, { schema: own, rows: [] })).toContain('one level')
    expect(await refusal({ form: 'line', message: 'log' }, { schema, rows: [] })).toContain('seen: a struct')
  })

  test('names the years that RFC 3339 has no place for', async () => {
    const schema = columns({ at: 'timestamp' })
    const [line] = await lines({ form: 'line', time: 'at' }, { schema, rows: [[{ at: 2n ** 63n - 1n }]] })
    expect(line).toBe('+294247-01-10T04:00:54.775807Z at="+294247-01-10T04:00:54.775807Z"')
  })

  test.each([
    ['plain_1', 'plain_1'],
    ['a b', 'a_x0020_b'],
    ['größe', 'gr_x00F6__x00DF_e'],
    ['1st', 'x_1st'],
    ['_time', 'x__time'],
    ['_x', 'x__x005F_x'],
    ['x_1', 'x_x_1'],
    ['x', 'x'],
    ['', 'x__x_'],
    ['"', 'x__x0022_'],
    ['\u{1f600}', 'x__x01F600_'],
    ['__proto__', 'x___proto__'],
  ])('%j has the key %s', async (name, key) => {
    const schema: Schema = [{ key: 'k', name, type: { kind: 'string' } }]
    expect(await lines({ form: 'line' }, { schema, rows: [[{ k: 'v' }]] })).toEqual([`${key}="v"`])
  })
})

test('splunk refuses options of the other form', async () => {
  const rows = { schema: columns({ a: 'string' }), rows: [] }
  expect(await refusal({ level: 'a' }, rows)).toContain('wanted: form line, or no level')
  expect(await refusal({ form: 'line', index: 'main' }, rows)).toContain('wanted: form hec, or no index')
})
