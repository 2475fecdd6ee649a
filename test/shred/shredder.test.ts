import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import type { LeafValues } from '../../lib/shred/batch.ts'
import { countPaths } from '../../lib/shred/levels.ts'
import { MAX_KEYS } from '../../lib/shred/profile.ts'
import type { Reject } from '../../lib/shred/reject.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { schemaToJson } from '../../lib/shred/schema-json.ts'
import { Shredder, type ShredResult } from '../../lib/shred/shredder.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { pruneSchema } from '../../lib/shred/type.ts'

interface Options {
  readonly base?: Schema
  readonly fixed?: boolean
  readonly narrowed?: boolean
  readonly maxPaths?: number
  readonly rowGroupBytes?: number
  readonly overrides?: Readonly<Record<string, Override>>
}

interface Leaf {
  readonly levels: readonly number[]
  readonly values: readonly unknown[]
}

interface Group {
  readonly columns: readonly string[]
  readonly rows: number
  readonly leaves: readonly Leaf[]
}

function valuesOf(values: LeafValues): unknown[] {
  if (values.physical !== 'BYTE_ARRAY') return [...values.values.subarray(0, values.count)]
  const { bytes, offsets } = values.dictionary
  const textAt = (id: number) => Buffer.from(bytes.subarray(offsets[id]!, offsets[id + 1]!)).toString()
  return Array.from(values.ids.subarray(0, values.count), textAt)
}

function groupOf(shredder: Shredder): Group[] {
  const batch = shredder.rowGroup()
  if (batch === undefined) return []
  const leaves = batch.leaves.map(({ entries, definition, values }) => ({
    levels: [...definition.subarray(0, entries)],
    values: valuesOf(values),
  }))
  return [{ columns: batch.schema.map(({ name }) => name), rows: batch.rows, leaves }]
}

function shred(
  lines: readonly string[],
  {
    base = [],
    fixed = false,
    narrowed = false,
    overrides = {},
    maxPaths = 20_000,
    rowGroupBytes = 2 ** 20,
  }: Options = {},
) {
  const limits = { maxDepth: 64, maxPaths, rowGroupBytes }
  const shredder = new Shredder({ rules: compileRules(overrides, undefined), base, fixed, narrowed, limits })
  const rejects: (Reject['reason'] | undefined)[] = []
  const groups: Group[] = []
  for (const line of lines) {
    // The line lies inside other bytes.
    const bytes = Buffer.from(`"${line}}`)
    rejects.push(shredder.line(bytes, 1, bytes.length - 1)?.reason)
    if (!shredder.rowGroupFull) continue
    groups.push(...groupOf(shredder))
    shredder.clearRowGroup()
  }
  groups.push(...groupOf(shredder))
  const result: ShredResult = shredder.finish()
  return { rejects, groups, result, schema: schemaToJson(pruneSchema(result.schema)) }
}

const rowsOf = (groups: readonly Group[]) => groups.map(({ rows }) => rows)

describe('maxPaths', () => {
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, { x: i }])))

  test('a line that goes beyond is too wide, and leaves no path behind', () => {
    const { rejects, groups, result } = shred(['{"a":1}', wide, '{"b":"x"}', wide, '{"c":true}'], { maxPaths: 5 })
    expect(rejects).toEqual([undefined, 'too_wide', undefined, 'too_wide', undefined])
    expect(result.profile).toEqual({
      fields: [
        ['a', { ints: 1 }],
        ['b', { strings: 1 }],
        ['c', { bools: 1 }],
      ],
      narrowed: true,
    })
    expect(result.complete).toBe(true)
    expect(groups).toEqual([
      {
        columns: ['a', 'b', 'c'],
        rows: 3,
        leaves: [
          { levels: [1, 0, 0], values: [1n] },
          { levels: [0, 1, 0], values: ['x'] },
          { levels: [0, 0, 1], values: [1] },
        ],
      },
    ])
  })

  test('a second reading takes those lines for too wide again that do not fit, and no source for changed', () => {
    const lines = ['{"a":1}', wide, '{"a":"x"}', wide, '{"d":{"e":1}}']
    const first = shred(lines, { maxPaths: 5 })
    expect(first.result).toMatchObject({ complete: false, narrowed: true })
    const second = shred(lines, { base: first.result.schema, fixed: true, narrowed: true, maxPaths: 5 })
    expect(second.rejects).toEqual(first.rejects)
    expect(second.rejects).toEqual([undefined, 'too_wide', undefined, 'too_wide', undefined])
    expect(rowsOf(second.groups)).toEqual([3])
  })

  test('what is dropped is no key too many', () => {
    const lines = ['{"a":1}', '{"gone":1,"a":"x"}', '{"a":2,"gone":{"x":[1]}}', '{"a":3,"other":1}', '{"a":4,"gone":5}']
    const overrides = { gone: 'drop' } as const
    const base = [{ key: 'a', name: 'a', type: { kind: 'int64', exact: true } }] as const
    const { rejects } = shred(lines, { base, fixed: true, narrowed: true, overrides })
    expect(rejects).toEqual([undefined, 'too_wide', undefined, 'too_wide', undefined])
  })

  test('more and more keys take no more memory than three times as many', () => {
    const lines = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ [`o${i}`]: { a: 1, b: 2 }, [`k${i}`]: 1, ts: 1 }),
    )
    const limits = { maxDepth: 64, maxPaths: 50, rowGroupBytes: 2 ** 20 }
    const shredder = new Shredder({ rules: compileRules({}, undefined), base: [], fixed: false, limits })
    for (const line of lines) {
      const bytes = Buffer.from(line)
      expect(shredder.line(bytes, 0, bytes.length)).toBeUndefined()
      expect(shredder.paths).toBeLessThanOrEqual(150)
    }
    const { profile, schema, narrowed } = shredder.finish()
    expect(narrowed).toBe(true)
    expect(countPaths(pruneSchema(schema))).toBeLessThanOrEqual(50)
    expect(new Map(profile.fields).get('ts')).toEqual({ ints: 500 })
  })

  test('the same line is a row where there is room', () => {
    expect(shred(['{"a":1}', wide]).rejects).toEqual([undefined, undefined])
  })
})

describe('an object with more keys than columns should be', () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `k${i}`)
  const line = JSON.stringify({ m: Object.fromEntries(keys.map((key, i) => [key, i])) })

  test('becomes a map in one go', () => {
    const { rejects, groups, result, schema } = shred(['{"a":1}', line, '{"m":{"one":-1}}'])
    expect(rejects).toEqual([undefined, undefined, undefined])
    expect(result.complete).toBe(true)
    expect(schema).toEqual([
      { name: 'a', type: 'int64' },
      { name: 'm', type: { map: 'int64' } },
    ])
    expect(result.profile.fields?.[1]).toEqual(['m', { objects: 2, keys_are_data: true, values: { ints: 5001 } }])
    expect(rowsOf(groups)).toEqual([3])
    expect(groups[0]!.leaves.slice(1).map(({ values }) => values)).toEqual([
      [...keys, 'one'],
      [...keys.map((_, i) => BigInt(i)), -1n],
    ])
  })

  test('needs no room for as many paths', () => {
    expect(shred([line], { maxPaths: MAX_KEYS + 10 }).rejects).toEqual([undefined])
  })
})

describe('row groups', () => {
  test('close once their lines reach rowGroupBytes', () => {
    const { groups, result } = shred(Array(25).fill('{"a":1}'), { rowGroupBytes: 70 })
    expect(rowsOf(groups)).toEqual([10, 10, 5])
    expect(groups[2]!.leaves).toEqual([{ levels: Array(5).fill(1), values: Array(5).fill(1n) }])
    expect(result.complete).toBe(true)
  })

  test('one byte more, one line more', () => {
    expect(rowsOf(shred(Array(25).fill('{"a":1}'), { rowGroupBytes: 71 }).groups)).toEqual([11, 11, 3])
  })

  test('lines that are no rows make none', () => {
    const { groups, rejects } = shred(Array(5).fill('[1]'), { rowGroupBytes: 1 })
    expect(groups).toEqual([])
    expect(rejects).toEqual(Array(5).fill('not_object'))
  })
})

describe('late columns', () => {
  const lines = [...Array<string>(10).fill('{"a":1}'), '{"a":2,"b":{"c":"late"}}', '{"b":{"c":"x"},"a":3}']

  test('in the open row group are null in the rows before', () => {
    const { groups, result } = shred(lines)
    expect(result.complete).toBe(true)
    expect(groups[0]!.leaves[1]).toEqual({ levels: [...Array(10).fill(0), 2, 2], values: ['late', 'x'] })
  })

  test('after a closed row group the hour is not complete; a second reading with what was found writes all rows', () => {
    const first = shred(lines, { rowGroupBytes: 70 })
    expect(first.result.complete).toBe(false)
    expect(first.rejects).toEqual(lines.map(() => undefined))
    expect(first.schema).toEqual([
      { name: 'a', type: 'int64' },
      { name: 'b', type: { struct: [{ name: 'c', type: 'string' }] } },
    ])
    const second = shred(lines, { base: first.result.schema, fixed: true, rowGroupBytes: 70 })
    expect(second.result.complete).toBe(true)
    expect(second.groups).toEqual([
      {
        columns: ['a', 'b'],
        rows: 10,
        leaves: [
          { levels: Array(10).fill(1), values: Array(10).fill(1n) },
          { levels: Array(10).fill(0), values: [] },
        ],
      },
      {
        columns: ['a', 'b'],
        rows: 2,
        leaves: [
          { levels: [1, 1], values: [2n, 3n] },
          { levels: [2, 2], values: ['late', 'x'] },
        ],
      },
    ])
  })

  test('with fixed columns a value without a place is a source that has changed', () => {
    const { result } = shred(['{"a":1}'])
    const again = () => shred(['{"a":1,"b":1}'], { base: result.schema, fixed: true })
    expect(again).toThrow(expect.objectContaining({ code: 'source' }))
  })

  test('more than 512 of them, a line each, are all found, and written by a second reading', () => {
    const many = Array.from({ length: 600 }, (_, i) => `{"k${i}":${i}}`)
    const first = shred(many)
    expect(first.rejects).toEqual(many.map(() => undefined))
    expect(shred(many.slice(0, 512)).result.complete).toBe(true)
    expect(first.schema.map(({ name }) => name)).toEqual(many.map((_, i) => `k${i}`))
    expect(first.result.complete).toBe(false)
    const second = shred(many, { base: first.result.schema, fixed: true })
    expect(second.result.complete).toBe(true)
    expect(rowsOf(second.groups)).toEqual([600])
    expect(second.groups[0]!.leaves.map(({ values }) => values)).toEqual(many.map((_, i) => [BigInt(i)]))
  })
})

test('an empty list and objects of nothing under one key, then nothing, then a new column: three rows', () => {
  const { rejects, groups, result } = shred(['{"a":[],"a":{"a":{}}}', '{}', '{"é":""}'])
  expect(rejects).toEqual([undefined, undefined, undefined])
  expect(result.complete).toBe(true)
  expect(groups).toEqual([{ columns: ['é'], rows: 3, leaves: [{ levels: [0, 0, 1], values: [''] }] }])
})

test('a key that has the bytes of two members is not taken for them', () => {
  const { groups } = shred(['{"a\\":1,\\"b":0}', '{"a":1,"b":2}', '{"a\\":1,\\"b":3}'])
  expect(groups).toEqual([
    {
      columns: ['a":1,"b', 'a', 'b'],
      rows: 3,
      leaves: [
        { levels: [1, 0, 1], values: [0n, 3n] },
        { levels: [0, 1, 0], values: [1n] },
        { levels: [0, 1, 0], values: [2n] },
      ],
    },
  ])
})

describe('an override of a type', () => {
  const overrides = { s: 'string', i: 'int64', d: 'double' } as const

  test('texts are numbers and booleans as they are written', () => {
    const { rejects, groups } = shred(['{"s":1.50}', '{"s":true}', '{"s":"x"}', '{"s":null}', '{"s":-0}'], {
      overrides,
    })
    expect(rejects).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(groups[0]?.leaves[0]?.values).toEqual(['1.50', 'true', 'x', '-0'])
  })

  test.each(['{"s":{}}', '{"s":[1]}', '{"i":1.0}', '{"i":"1"}', '{"i":1e2}', '{"d":9007199254740993}', '{"d":true}'])(
    '%s has no place, in a first line and in a later one',
    (line) => {
      const { rejects } = shred([line, '{"s":1,"i":9007199254740993,"d":2}', line], { overrides })
      expect(rejects).toEqual(['schema', undefined, 'schema'])
    },
  )

  test('of two equal keys the last one counts, also when the first has no place', () => {
    const lines = ['{"s":{},"s":1,"i":"1","i":2,"d":[],"d":3}', '{"i":1,"i":"1"}']
    const { rejects, groups } = shred(lines, { overrides })
    expect(rejects).toEqual([undefined, 'schema'])
    expect(groups[0]?.leaves.map(({ values }) => values)).toEqual([['1'], [2n], [3]])
  })
})
