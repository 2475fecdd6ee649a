import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { datadog } from '../../lib/export/formats/datadog.ts'
import type { TypeJson } from '../../lib/shred/schema-json.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, type ExportedRows, exported } from './exported.ts'
import { hostilelyNamed, modelRow } from './json-model.ts'

/** The bodies, as lines. Each is one that Datadog takes. */
function bodiesOf(text: string): readonly string[] {
  if (text === '') return []
  expect(text.endsWith('\n')).toBe(true)
  const bodies = text.slice(0, -1).split('\n')
  for (const body of bodies) {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(5_000_000)
    const entries: unknown[] = JSON.parse(body)
    expect(entries.length).toBeGreaterThan(0)
    expect(entries.length).toBeLessThanOrEqual(1_000)
    for (const entry of entries) expect(Object.getPrototypeOf(entry)).toBe(Object.prototype)
  }
  return bodies
}

async function exportedBodies(options: Readonly<Record<string, unknown>>, rows: ExportedRows) {
  const { text, written } = await exported(datadog, { format: 'datadog', ...options }, rows)
  return { bodies: bodiesOf(text), written }
}

async function refusal(options: Readonly<Record<string, unknown>>, types: Readonly<Record<string, TypeJson>>) {
  const { code, message } = await thrownBy(() => exportedBodies(options, { schema: columns(types), rows: [] }))
  expect(code).toBe('usage')
  return message
}

const cases = schemas(3).chain((schema) =>
  fc.record({ schema: hostilelyNamed(schema), rows: fc.tuple(rowsOf(schema, 4), rowsOf(schema, 4)) }),
)

describe('datadog', () => {
  test('has every row, whatever they and their names are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows }) => {
        const { bodies, written } = await exportedBodies({}, { schema, rows })
        const entries = rows.flat().map((row) => `{"ddsource":"dayseal",${modelRow(schema, row).slice(1)}`)
        expect(bodies).toEqual(entries.length === 0 ? [] : [`[${entries.join(',')}]`])
        expect(written).toEqual({ rows: entries.length, leftOut: {} })
      }),
      runs(80),
    )
  })

  test('says what Datadog wants to know', async () => {
    const schema = columns({ text: 'string', deep: { struct: [{ name: 'at', type: 'timestamp' }] } })
    const rows = [[{ text: 'a\n"b"', deep: { at: 1_741_910_523_000_004n } }, {}]]
    const options = {
      ...{ source: 'nginx', service: 'pay', hostname: 'i-1', tags: ['env:prod', 'team:a"b'] },
      ...{ message: 'text', time: 'deep.at' },
    }
    const { bodies } = await exportedBodies(options, { schema, rows })
    const fixed = '"ddsource":"nginx","ddtags":"env:prod,team:a\\"b","hostname":"i-1","service":"pay"'
    expect(bodies).toEqual([
      `[{${fixed},"message":"a\\n\\"b\\"","timestamp":"2025-03-14T00:02:03.000004Z",` +
        '"text":"a\\n\\"b\\"","deep":{"at":"2025-03-14T00:02:03.000004Z"}},' +
        `{${fixed},"message":null,"timestamp":null,"text":null,"deep":null}]`,
    ])
  })

  test('has columns once that Datadog knows by their names', async () => {
    const schema = columns({ hostname: 'string', service: 'string', message: 'string', timestamp: 'int64' })
    const row = { hostname: 'h', service: 's', message: 'm', timestamp: 1n }
    for (const options of [{}, { message: 'message', time: 'timestamp' }]) {
      const { bodies } = await exportedBodies(options, { schema, rows: [[row]] })
      expect(bodies).toEqual(['[{"ddsource":"dayseal","hostname":"h","service":"s","message":"m","timestamp":1}]'])
    }
  })

  test('begins another body after 1,000 entries, across batches', async () => {
    const schema = columns({ n: 'int64' })
    const rows = Array.from({ length: 5 }, (_, i) =>
      Array.from({ length: 401 }, (_, j): Row => ({ n: BigInt(i * 401 + j) })),
    )
    const { bodies, written } = await exportedBodies({}, { schema, rows })
    const entries = bodies.map((body): { n: number }[] => JSON.parse(body))
    expect(entries.map(({ length }) => length)).toEqual([1_000, 1_000, 5])
    expect(entries.flat().map(({ n }) => n)).toEqual(Array.from({ length: 2_005 }, (_, i) => i))
    expect(written).toEqual({ rows: 2_005, leftOut: {} })
  })

  test('begins another body before 5 MB, and leaves out what is above 1 MB', async () => {
    const schema = columns({ s: 'string' })
    const around = '{"ddsource":"dayseal","s":""}'.length
    const longest = 'x'.repeat(1_000_000 - around)
    const texts = [
      longest,
      `${longest}x`,
      longest,
      longest,
      longest,
      longest,
      `${longest.slice(1)}"`,
      'a'.repeat(10_000_000),
    ]
    const { bodies, written } = await exportedBodies({}, { schema, rows: [texts.map((s) => ({ s }))] })
    expect(bodies.map((body) => JSON.parse(body).length)).toEqual([4, 1])
    expect(Buffer.byteLength(bodies[0]!)).toBe(4_000_005)
    expect(written).toEqual({ rows: 5, leftOut: { 'an entry above 1 MB': 3 } })
  })

  test('fills a body to 5 MB and not further', async () => {
    const schema = columns({ s: 'string' })
    const entry = (size: number) => ({ s: 'x'.repeat(size - '{"ddsource":"dayseal","s":""}'.length) })
    // Five entries, four commas, two brackets, a line end.
    const last = 5_000_000 - 4 * 1_000_000 - 4 - 3
    const four = [1, 2, 3, 4].map(() => entry(1_000_000))
    const one = await exportedBodies({}, { schema, rows: [[...four, entry(last)]] })
    expect(one.bodies.map((body) => body.length)).toEqual([4_999_999])
    const two = await exportedBodies({}, { schema, rows: [[...four, entry(last + 1)]] })
    expect(two.bodies).toHaveLength(2)
  })

  test('without rows is empty', async () => {
    const { bodies, written } = await exportedBodies({}, { schema: columns({ a: 'string' }), rows: [] })
    expect({ bodies, written }).toEqual({ bodies: [], written: { rows: 0, leftOut: {} } })
  })

  test('refuses columns that are in the place of an attribute', async () => {
    expect(await refusal({}, { ddsource: 'string' })).toContain('rename')
    expect(await refusal({}, { ddtags: 'string' })).toContain("entry's ddtags")
    expect(await refusal({}, { hostname: 'int64' })).toContain('a column hostname: int64')
    expect(await refusal({}, { service: { list: 'string' } })).toContain('service: list')
    expect(await refusal({}, { message: 'json' })).toContain('message: json')
    expect(await refusal({}, { timestamp: 'double' })).toContain('timestamp: double')
    expect(await refusal({ service: 'x' }, { service: 'string' })).toContain('an option for it')
    expect(await refusal({ message: 'a' }, { a: 'string', message: 'string' })).toContain('an option for it')
    expect(await refusal({ time: 'a' }, { a: 'string', timestamp: 'timestamp' })).toContain('an option for it')
  })

  test('refuses options that say nothing', async () => {
    expect(await refusal({ tags: ['a:b,c:d'] }, { a: 'string' })).toContain('seen: "a:b,c:d"')
    expect(await refusal({ tags: [' '] }, { a: 'string' })).toContain('not one tag')
    expect(await refusal({ message: 'b' }, { a: 'string' })).toContain('message: there is no column b')
    expect(await refusal({ message: 'a' }, { a: 'int64' })).toContain('seen: a int64')
    expect(await refusal({ time: 'a' }, { a: { list: 'timestamp' } })).toContain('seen: a list')
  })
})
