import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { derive, derives } from '../../../lib/export/derive/derive.ts'
import { derivationSchema, type Row } from '../../../lib/export/settings.ts'
import { thrownBy } from '../../thrown.ts'
import { batchOf } from '../batch-of.ts'
import { derived, sourceOf, sourceOfDays, withoutRows } from './derived.ts'

const EVERY =
  '{"b":true,"i":7,"w":9007199254740993,"d":2.0,"s":"é\\u0000😀","j":[1, 9007199254740993],"t":"2025-03-14T01:02:03.000004Z","o":{"x":1,"y":"z"},"l":[1,null],"m":{"k":1}}'
const NULLS = '{"b":null,"i":null,"w":1,"d":0.5,"s":null,"j":{"a":1.50},"t":null,"o":null,"l":[],"m":{}}'
const overrides = { t: 'timestamp', m: 'map', j: 'json' } as const
const both = () => sourceOf([EVERY, NULLS], overrides)

describe('what functions see', () => {
  test('each kind of column as a value of its own', async () => {
    const rows: Row[] = []
    await derived(both(), { compute: { n: (row: Row) => rows.push(structuredClone(row)) } })
    expect(rows).toEqual([
      {
        b: true,
        i: 7,
        w: 9007199254740993n,
        d: 2,
        s: 'é\u0000😀',
        j: [1, 9007199254740993n],
        t: '2025-03-14T01:02:03.000004Z',
        o: { x: 1, y: 'z' },
        l: [1, null],
        m: { k: 1 },
      },
      { b: null, i: null, w: 1, d: 0.5, s: null, j: { a: 1.5 }, t: null, o: null, l: [], m: {} },
    ])
  })

  test('a key is a key, whatever its name', async () => {
    const source = sourceOf(['{"__proto__":{"__proto__":1,"constructor":2},"a.b":3,"":4,"q\\"\\n":5}'])
    const seen: unknown[] = []
    const { lines } = await derived(source, {
      transform: (row: Row) => {
        seen.push(Object.keys(row), Object.getPrototypeOf(row) === Object.prototype, Object.hasOwn(row, '__proto__'))
        return row
      },
    })
    expect(seen).toEqual([['__proto__', 'a.b', '_empty', 'q"\n'], true, true])
    expect(lines).toEqual(['{"__proto__":{"__proto__":1,"constructor":2},"a.b":3,"_empty":4,"q\\"\\n":5}'])
  })

  test('a column that they make has a name', async () => {
    const made = { '': 1, _empty: { '': 2 } }
    const { lines, columns } = await derived(sourceOf(['{"n":1}']), { transform: () => made })
    expect(lines).toEqual(['{"_empty_":1,"_empty":{"_empty":2}}'])
    expect(columns.map(({ name }) => name)).toEqual(['_empty_', '_empty'])
  })

  test('a row may be changed, and the next one knows nothing of it', async () => {
    const source = sourceOf(['{"o":{"x":"same"},"l":["same"]}', '{"o":{"x":"same"},"l":["same"]}'])
    const { lines } = await derived(source, {
      transform: (row: { o: { x: string; y?: string }; l: string[] }) => {
        expect(row).toEqual({ o: { x: 'same' }, l: ['same'] })
        row.o.y = 'new'
        row.l.push('more')
        return row
      },
    })
    expect(lines).toEqual(Array(2).fill('{"o":{"x":"same","y":"new"},"l":["same","more"]}'))
  })

  test('moments before 1970, and beyond what a double holds exactly', async () => {
    const moments = ['0001-01-01T00:00:00.000001Z', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z']
    const source = sourceOf(
      moments.map((t) => JSON.stringify({ t })),
      { t: 'timestamp' },
    )
    const { lines, columns } = await derived(source, { compute: { copy: (row: Row) => row.t } })
    expect(lines).toEqual(moments.map((t) => JSON.stringify({ t, copy: t })))
    expect(columns).toEqual([
      { name: 't', type: 'timestamp' },
      { name: 'copy', type: 'string' },
    ])
  })
})

describe('what comes of it', () => {
  test('untouched columns keep their types and values', async () => {
    const { lines, columns, counts } = await derived(both(), { transform: (row: Row) => row })
    expect(lines).toEqual([EVERY.replace('[1, 9', '[1,9'), NULLS.replace('1.50', '1.5')])
    expect(columns).toEqual([
      { name: 'b', type: 'bool' },
      { name: 'i', type: 'int64' },
      { name: 'w', type: 'int64' },
      { name: 'd', type: 'double' },
      { name: 's', type: 'string' },
      { name: 'j', type: 'json' },
      { name: 't', type: 'timestamp' },
      {
        name: 'o',
        type: {
          struct: [
            { name: 'x', type: 'int64' },
            { name: 'y', type: 'string' },
          ],
        },
      },
      { name: 'l', type: { list: 'int64' } },
      { name: 'm', type: { map: 'int64' } },
    ])
    expect(counts).toEqual({ read: 2, kept: 2, dropped: 0, rejected: 0, made: 2, rows: 2 })
  })

  test('types stay where the values allow it, all day, and change where they do not', async () => {
    const source = sourceOf(['{"d":1.5,"i":1,"t":"2025-03-14T00:00:00Z","u":"2025-03-14T00:00:00Z","s":"x"}'], {
      t: 'timestamp',
      u: 'timestamp',
    })
    const { columns } = await derived(source, {
      transform: (row: Row) => ({ ...row, d: 1, i: 'text', t: '2025-03-15T00:00:00+01:00', u: 'yesterday', s: null }),
    })
    expect(columns.map(({ type }) => type)).toEqual(['double', 'string', 'timestamp', 'string', 'string'])
  })

  test('all that a function may give', async () => {
    const source = sourceOf(
      Array(3)
        .fill('{"n":0}')
        .map((line, n) => line.replace('0', String(n))),
    )
    const pick =
      (...values: unknown[]) =>
      ({ n }: Row) =>
        values[n as number]
    const { columns, lines } = await derived(source, {
      compute: {
        int: pick(1, null, undefined),
        big: pick(2n ** 63n - 1n, -(2n ** 63n), 0),
        double: pick(1, -0, 1e21),
        wide: pick(2 ** 53, 0.5, 123456789012345680000),
        mixed: pick(2n ** 60n, 0.5, 'x'),
        date: pick(new Date(0), null, new Date(-1)),
        text: pick(new Date(0), 'x', null),
        list: pick([], [1, [2]], null),
        struct: pick({ a: 1 }, { b: undefined }, null),
        map: pick(new Map([['k', 1]]), new Map(), null),
        nothing: pick(null, undefined, null),
        empty: pick([], [], []),
        hollow: pick({}, null, {}),
      },
    })
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      n: 'int64',
      int: 'int64',
      big: 'int64',
      double: 'double',
      wide: 'double',
      mixed: 'json',
      date: 'timestamp',
      text: 'string',
      list: { list: 'json' },
      struct: {
        struct: [
          { name: 'a', type: 'int64' },
          { name: 'b', type: 'string' },
        ],
      },
      map: { map: 'int64' },
      nothing: 'string',
      empty: { list: 'string' },
      hollow: 'json',
    })
    expect(lines).toEqual([
      '{"n":0,"int":1,"big":9223372036854775807,"double":1.0,"wide":9007199254740992.0,"mixed":1152921504606846976,"date":"1970-01-01T00:00:00.000000Z","text":"1970-01-01T00:00:00.000000Z","list":[],"struct":{"a":1,"b":null},"map":{"k":1},"nothing":null,"empty":[],"hollow":{}}',
      '{"n":1,"int":null,"big":-9223372036854775808,"double":-0.0,"wide":0.5,"mixed":0.5,"date":null,"text":"x","list":[1,[2]],"struct":{"a":null,"b":null},"map":{},"nothing":null,"empty":[],"hollow":null}',
      '{"n":2,"int":null,"big":0,"double":1e+21,"wide":123456789012345680000.0,"mixed":"x","date":"1969-12-31T23:59:59.999000Z","text":null,"list":null,"struct":null,"map":null,"nothing":null,"empty":[],"hollow":{}}',
    ])
  })

  test('columns that replace others take their place and a type of their own, and see what came before', async () => {
    const source = sourceOf(['{"a":1,"t":"2025-03-14T00:00:00Z","z":2}'], { t: 'timestamp' })
    const { columns, lines } = await derived(source, {
      compute: { t: () => 'x', b: (row: Row) => `${row.t}${row.a}`, a: () => true },
    })
    expect(lines).toEqual(['{"a":true,"t":"x","z":2,"b":"x1"}'])
    expect(columns.map(({ type }) => type)).toEqual(['bool', 'string', 'int64', 'string'])
  })

  test('rows are dropped, multiplied, and keep their order and their day', async () => {
    const days = { '2025-03-14': ['{"n":0}', '{"n":1}', '{"n":2}'], '2025-03-15': ['{"n":3}', '{"n":2}'] }
    const { lines, dates, counts } = await derived(sourceOfDays(days, {}, 2), {
      transform: ({ n }: Row) => (n === 0 ? null : n === 1 ? [] : Array.from({ length: n as number }, () => ({ n }))),
    })
    expect(lines).toEqual([2, 2, 3, 3, 3, 2, 2].map((n) => `{"n":${n}}`))
    expect(dates).toEqual([...Array(2).fill('2025-03-14'), ...Array(5).fill('2025-03-15')])
    expect(counts).toEqual({ read: 5, kept: 3, dropped: 2, rejected: 0, made: 7, rows: 7 })
  })

  test('no rows: the columns of the source and of compute', async () => {
    const compute = { more: () => 1 }
    const wanted = [
      ...(await derived(both(), { transform: (row: Row) => row })).columns,
      { name: 'more', type: 'string' },
    ]
    const none = await derived(withoutRows(both()), { compute })
    expect(none).toMatchObject({ columns: wanted, lines: [], counts: { read: 0, rows: 0 } })
    const dropped = await derived(both(), { compute, transform: () => null })
    expect(dropped).toMatchObject({ columns: wanted, lines: [], counts: { read: 2, dropped: 2, rows: 0 } })
  })

  test('objects whose keys are data are maps, and too many other columns are an error', async () => {
    const source = sourceOf(Array.from({ length: 3_000 }, (_, n) => `{"n":${n}}`))
    const { columns, lines } = await derived(source, {
      transform: ({ n }: Row) => ({
        // More keys over all rows than there may be columns.
        counts: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key ${n}.${i}`, i])),
        deep: [{ by: { [`key ${(n as number) % 70}`]: 'x' } }],
      }),
    })
    expect(columns).toEqual([
      { name: 'counts', type: { map: 'int64' } },
      { name: 'deep', type: { list: { struct: [{ name: 'by', type: { map: 'string' } }] } } },
    ])
    expect(lines[2_999]).toMatch(/^{"counts":{"key 2999\.0":0,.*"key 2999\.9":9},"deep":\[{"by":{"key 59":"x"}}\]}$/)
    const many = {
      transform: ({ n }: Row) => Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${n}.${i}`, 1])),
    }
    expect((await thrownBy(() => derived(source, many))).message).toMatch(/too many columns; seen: more than 20000/)
  })

  test('rows of any size, and more of them than a batch', async () => {
    const source = sourceOf(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
    const long = 'ü'.repeat(5_000_000)
    const { lines, batches } = await derived(source, { compute: { s: ({ n }: Row) => (n === 2 ? long : 's') } }, 2)
    expect(batches).toEqual([2, 1, 2])
    expect(lines[2]).toBe(`{"n":2,"s":"${long}"}`)
  })
})

const BAD: readonly (readonly [string, unknown, string])[] = [
  ['NaN', Number.NaN, 'NaN at bad'],
  ['an infinity', { x: [Number.NEGATIVE_INFINITY] }, '-Infinity at bad.x[]'],
  ['2^63', 2n ** 63n, 'a bigint beyond 64 bits at bad'],
  ['a function', { f: () => 1 }, 'a function at bad.f'],
  ['a symbol', Symbol('s'), 'a symbol at bad'],
  ['half of a pair', 'x\ud800', 'a text with half of a surrogate pair at bad'],
  ['half of a pair as a key', { '\udc00': 1 }, 'a key with half of a surrogate pair at bad'],
  ['a class', new URL('http://x'), 'an object of the class URL at bad'],
  ['bytes', new Uint8Array(2), 'an object of the class Uint8Array at bad'],
  ['a Map of numbers', new Map([[1, 2]]), 'a Map with a key that is no text at bad'],
  ['an invalid Date', new Date(Number.NaN), 'an invalid Date at bad'],
  ['a late Date', new Date(8e15), 'a Date outside of the years 1 to 9999 at bad'],
  ['a promise inside', [Promise.resolve(1)], 'a promise (functions of an export give their values at once) at bad[]'],
]

describe('functions that fail', () => {
  const source = () => sourceOf(['{"n":1}', '{"n":2}', '{"n":3}'])

  test.each(BAD)('%s fails the export, or rejects the row', async (_, value, seen) => {
    const compute = { bad: ({ n }: Row) => (n === 2 ? value : n) }
    const error = await thrownBy(() => derived(source(), { compute }))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(`compute.bad gave what no export can hold for row 2 of 2025-03-14; seen: ${seen};`)
    const { lines, rejects, columns } = await derived(source(), { compute, onError: 'reject' })
    expect(lines).toEqual(['{"n":1,"bad":1}', '{"n":3,"bad":3}'])
    expect(columns[1]).toEqual({ name: 'bad', type: 'int64' })
    expect(rejects).toEqual([{ day: '2025-03-14', row: 2, reason: `compute.bad: ${seen}`, json: '{"n":2}' }])
  })

  test('what a rejected row gave first leaves no trace', async () => {
    const { columns, lines } = await derived(source(), {
      transform: ({ n }: Row) => (n === 2 ? [{ n: 'text', other: 1 }, { n: Number.NaN }] : { n }),
      onError: 'reject',
    })
    expect(columns).toEqual([{ name: 'n', type: 'int64' }])
    expect(lines).toEqual(['{"n":1}', '{"n":3}'])
  })

  test('a throw says which function, which row, and why', async () => {
    const cause = new RangeError('no such thing')
    const compute = {
      fine: () => 1,
      bad: () => {
        throw cause
      },
    }
    const error = await thrownBy(() => derived(source(), { compute }))
    expect(error.message).toContain('compute.bad threw for row 1 of 2025-03-14; seen: no such thing')
    expect(error.cause).toBe(cause)
    const transform = (row: Row) => {
      row.n = 'changed'
      throw Symbol('odd')
    }
    const { rejects, counts } = await derived(source(), { transform, onError: 'reject' })
    expect(rejects.map(({ row, reason, json }) => [row, reason, json])).toEqual([
      [1, 'transform: Symbol(odd)', '{"n":1}'],
      [2, 'transform: Symbol(odd)', '{"n":2}'],
      [3, 'transform: Symbol(odd)', '{"n":3}'],
    ])
    expect(counts).toEqual({ read: 3, kept: 0, dropped: 0, rejected: 3, made: 0, rows: 0 })
  })

  test('a promise is no value, and its failure is not left alone', async () => {
    const late = async () => {
      throw new Error('nobody waits')
    }
    expect((await thrownBy(() => derived(source(), { compute: { late } }))).message).toMatch(
      /compute\.late gave .* seen: a promise; wanted: a function that gives its value at once, not an async one/,
    )
    expect((await thrownBy(() => derived(source(), { transform: late }))).message).toMatch(
      /^transform gave .* a promise/,
    )
  })

  test('what transform gives must be rows', async () => {
    const given = async (value: unknown) => thrownBy(() => derived(source(), { transform: () => value }))
    expect((await given(1)).message).toMatch(/^transform gave .* seen: 1; wanted: a row as a plain object/)
    expect((await given([null])).message).toMatch(/seen: null; wanted: a row/)
    expect((await given(new Map())).message).toMatch(/seen: Map\(0\) \{\}; wanted: a row/)
    expect((await given({})).message).toMatch(/the rows that transform makes have no columns/)
  })

  test('an object inside of itself, and one that is too deep', async () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = [cycle]
    expect((await thrownBy(() => derived(source(), { compute: { cycle: () => cycle } }))).message).toContain(
      'an object inside of itself at cycle.self[]',
    )
    let deep: unknown = 1
    for (let i = 0; i < 70; i++) deep = [deep]
    expect((await thrownBy(() => derived(source(), { compute: { deep: () => deep } }))).message).toMatch(/more than 64/)
    const shared = { x: 1 }
    const { lines } = await derived(source(), { transform: () => [{ a: shared, b: shared }] })
    expect(lines[0]).toBe('{"a":{"x":1},"b":{"x":1}}')
  })

  test('the deepest that is allowed is written', async () => {
    let deep: unknown = 1
    for (let i = 0; i < 62; i++) deep = [deep]
    const { lines } = await derived(source(), { transform: () => ({ deep }) })
    expect(lines[0]).toBe(`{"deep":${'['.repeat(62)}1${']'.repeat(62)}}`)
  })

  test('rejects are counted by their place in the day, over batches and days', async () => {
    const days = { '2025-03-14': ['{"n":0}', '{"n":9}', '{"n":9}'], '2025-03-15': ['{"n":9}'] }
    const { rejects } = await derived(sourceOfDays(days, {}, 2), {
      compute: { x: ({ n }: Row) => (n === 9 ? Number.NaN : 0) },
      onError: 'reject',
    })
    expect(rejects.map(({ day, row }) => [day, row])).toEqual([
      ['2025-03-14', 2],
      ['2025-03-14', 3],
      ['2025-03-15', 1],
    ])
  })
})

describe('the spool', () => {
  test('rows wait on disk, not in memory', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'dayseal-derive-'))
    const { batch } = batchOf(Array.from({ length: 200 }, (_, n) => `{"s":"some text ${n}"}`))
    const sizes = new Set<number>()
    const source = {
      root: batch.root,
      async *batches() {
        for (let i = 0; i < 200; i++) {
          yield batch
          const [name] = await readdir(scratch)
          sizes.add((await stat(join(scratch, name!))).size)
        }
      },
    }
    try {
      const options = { scratch, batchRows: 1_000, reject: async () => {} }
      const made = await derive(source, derivationSchema.parse({ compute: { n: () => 1 } }), options)
      // The file grew with every thousand rows, from nothing on.
      expect(sizes.size).toBe(41)
      const rows: number[] = []
      for await (const { rows: some } of made.batches()) rows.push(some)
      expect(rows).toEqual(Array(40).fill(1_000))
      // And again from the beginning.
      for await (const { rows: some, leaves } of made.batches()) {
        expect([some, leaves.length]).toEqual([1_000, 2])
        break
      }
    } finally {
      await rm(scratch, { recursive: true })
    }
  })

  test('a source that fails ends it with its own error, and so does a signal', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'dayseal-derive-'))
    const whole = sourceOf(['{"n":1}'])
    const failing = {
      root: whole.root,
      async *batches() {
        yield* whole.batches()
        throw new Error('gone')
      },
    }
    const settings = derivationSchema.parse({ compute: { n: () => 1 } })
    const options = { scratch, batchRows: 10, reject: async () => {} }
    try {
      await expect(derive(failing, settings, options)).rejects.toThrow('gone')
      await rm(join(scratch, 'rows.jsonl.zst'))
      const signal = AbortSignal.abort(new Error('stopped'))
      await expect(derive(whole, settings, { ...options, signal })).rejects.toThrow('stopped')
    } finally {
      await rm(scratch, { recursive: true })
    }
    expect((await thrownBy(() => derive(whole, settings, options))).code).toBe('storage')
  })
})

test('whether there is something to derive', () => {
  const settings = (some: object) => derivationSchema.parse(some)
  expect(derives(settings({}))).toBe(false)
  expect(derives(settings({ compute: { a: () => 1 } }))).toBe(true)
  expect(derives(settings({ transform: () => null }))).toBe(true)
  expect(derives(settings({ groupBy: { columns: { n: { count: 'rows' } } } }))).toBe(true)
})
