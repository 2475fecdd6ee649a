import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { learnSchema } from '../../lib/shred/learn.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { learntToJson } from '../../lib/shred/schema-json.ts'
import { readWithDayseal } from './read-rows.ts'
import { sealInMemory } from './seal-in-memory.ts'

/* What the property tests found once, each as small as it became. */

async function sealed(lines: readonly string[], overrides: Readonly<Record<string, Override>> = {}) {
  const { schema, bytes } = await sealInMemory([lines.join('\n')], { overrides })
  return { columns: learntToJson(schema), rows: bytes && (await readWithDayseal(bytes)) }
}

describe('found by the property tests', () => {
  test.each([
    [['{"a":1,"a":"x"}'], 'x'],
    [['{"a":"x"}', '{"a":1,"a":"x"}'], 'x'],
  ])('the earlier of two equal keys may have another kind: %j', async (lines, last) => {
    const { columns, rows } = await sealed(lines)
    expect(columns).toEqual([{ name: 'a', type: 'string' }])
    expect(rows?.at(-1)).toEqual({ struct: [['a', `string ${last}`]] })
  })

  test('the earlier of two equal keys leaves nothing behind', async () => {
    const { columns } = await sealed(['{"a":{"x":1,"z":1},"a":{"y":1}}', '{"a":{"x":1}}'])
    const type = { struct: [{ name: 'y', type: 'int64' } as const, { name: 'x', type: 'int64' } as const] }
    expect(columns).toEqual([{ name: 'a', type }])
    const { profile } = await sealInMemory(['{"m":{"x":1},"m":{"y":1}}'], { overrides: { m: 'map' } })
    expect(profile.fields?.[0]?.[1]).toEqual({ objects: 1, keys_are_data: true, values: { ints: 1 } })
  })

  test('in strict mode the earlier of two equal keys may have another kind', async () => {
    const { ledgers } = await sealInMemory(['{"a":"x","a":1}'], { declared: [{ name: 'a', type: 'int64' }] })
    expect(ledgers[0]!.sources[0]).toMatchObject({ rows_written: 1, rows_quarantined: 0 })
  })

  test('what is no JSON is that first, whatever its timestamp', async () => {
    const { quarantines } = await sealInMemory(['{"t":"soon"}}'], { overrides: { t: 'timestamp' } })
    expect(gunzipSync(quarantines[0]!).toString('utf8')).toContain('"reason":"not_json"')
  })

  test.each([
    ['"', '{"\\"":1}', '{""":1}'],
    ['\t', '{"\\t":1}', '{"\t":1}'],
    ['\\', '{"\\\\":1}', '{"\\":1}'],
  ])('a key that has to be escaped is not taken for its bare bytes: %j', async (key, first, second) => {
    const { ledgers, schema } = await sealInMemory([`${first}\n${second}`])
    expect(schema.map(({ name }) => name)).toEqual([key])
    expect(ledgers[0]!.sources[0]).toMatchObject({ rows_written: 1, rows_quarantined: 1 })
  })

  test('a key may begin with a byte order mark', async () => {
    const { rows } = await sealed(['{"\ufeffid":1}'])
    expect(rows).toEqual([{ struct: [['\ufeffid', 'int64 1']] }])
  })

  test('a list whose elements are dropped has no column', async () => {
    expect((await sealed(['{"a":["x"],"b":1}'], { 'a[]': 'drop' })).columns).toEqual([{ name: 'b', type: 'int64' }])
  })

  test.each([
    [['{"m":{}}', '{"m":{"b":{"x":0}}}'], { map: { struct: [{ name: 'x', type: 'int64' }] } }],
    [['{"m":null}', '{"m":{"b":1}}'], { map: 'int64' }],
    [['{"m":{"b":null}}', '{"m":{"b":9007199254740993}}'], { map: 'int64_wide' }],
    [['{"m":{"b":{}}}'], { map: 'json' }],
  ])('a map override learns what is inside, whatever comes first: %j', async (lines, type) => {
    expect((await sealed(lines, { m: 'map' })).columns).toEqual([{ name: 'm', type }])
  })

  test('one bad element teaches nothing', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => (i === 0 ? '{"a":[1,"oops"]}' : `{"a":[${i}]}`))
    const { profile } = await sealInMemory([lines.join('\n')])
    const learnt = learntToJson(learnSchema([], profile, compileRules({}, undefined)))
    expect(learnt).toEqual([{ name: 'a', type: { list: 'int64' } }])
  })

  test('the quarantine shows the number that does not fit', async () => {
    const { quarantines } = await sealInMemory(['{"a":1.0}'], { declared: [{ name: 'a', type: 'int64' }] })
    expect(gunzipSync(quarantines[0]!).toString('utf8')).toContain('at a: seen 1.0, wanted int64')
  })
})
