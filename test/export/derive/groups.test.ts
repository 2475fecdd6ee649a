import { describe, expect, test } from 'vitest'
import { derivationSchema, type Row } from '../../../lib/export/settings.ts'
import { thrownBy } from '../../thrown.ts'
import { derived, type Settings, sourceOf, sourceOfDays, withoutRows } from './derived.ts'

const ROW =
  '{"b":true,"i":1,"d":1.5,"s":"x","j":[1],"t":"2025-03-14T01:02:03Z","o":{"x":1},"l":[{"y":1}],"m":{"k":1},"__proto__":2,"a.b":3}'
const overrides = { t: 'timestamp', m: 'map', j: 'json' } as const
const one = () => sourceOf([ROW], overrides)
const grouped = (groupBy: Settings) => derived(one(), { groupBy })
const ints = (...values: (string | number | null)[]) => sourceOf([...values.map((n) => `{"n":${n}}`)])

describe('rows per group', () => {
  test('come as the groups appear, with null as a key, and 0 for both zeros', async () => {
    const source = sourceOf(
      ['"b"', 'null', '"a"', '"b"', 'null'].map((k, i) => `{"k":${k},"z":${i % 2 ? '0.0' : '-0.0'}}`),
      {},
      3,
    )
    const count = { n: { count: 'rows' } }
    const byText = await derived(source, { groupBy: { keys: { key: 'k' }, columns: count } })
    expect(byText.lines).toEqual(['{"key":"b","n":2}', '{"key":null,"n":2}', '{"key":"a","n":1}'])
    const byZero = await derived(source, { groupBy: { keys: { z: 'z' }, columns: count } })
    expect(byZero.lines).toEqual(['{"z":0.0,"n":5}'])
  })

  test('have their types from the columns, also when nothing is there', async () => {
    const groupBy = {
      keys: { b: 'b', i: 'i', d: 'd', s: 's', j: 'j', t: 't', hour: { hour: 't' }, p: '__proto__', ab: 'a\\.b' },
      columns: {
        count: { count: 'rows' },
        lists: { count: 'l' },
        sumi: { sum: 'i' },
        sumd: { sum: 'd' },
        min: { min: 't' },
        max: { max: 'b' },
        mean: { mean: 'i' },
        first: { first: 'j' },
        last: { last: 's', by: 'i' },
        distinct: { distinct: 'j' },
        quantile: { quantile: 'i', q: 0.5 },
        duration: { duration: 't' },
        ratio: { ratio: ['sumi', 'count'] },
      },
    }
    const kinds = 'bool int64 double string json timestamp timestamp int64 int64 '
    const more = 'int64 int64 int64 double timestamp bool double json string int64 double double double'
    const { columns, lines } = await derived(one(), { groupBy })
    expect(columns.map(({ type }) => type).join(' ')).toBe(kinds + more)
    expect(lines).toEqual([
      '{"b":true,"i":1,"d":1.5,"s":"x","j":[1],"t":"2025-03-14T01:02:03.000000Z","hour":"2025-03-14T01:00:00.000000Z","p":2,"ab":3,' +
        '"count":1,"lists":1,"sumi":1,"sumd":1.5,"min":"2025-03-14T01:02:03.000000Z","max":true,"mean":1.0,"first":[1],"last":"x","distinct":1,"quantile":1.0,"duration":0.0,"ratio":1.0}',
    ])
    const empty = await derived(withoutRows(one()), { groupBy })
    expect(empty).toMatchObject({ columns, lines: [], counts: { read: 0, rows: 0 } })
    const all = await derived(withoutRows(one()), { groupBy: { ...groupBy, keys: {} } })
    expect(all.columns).toEqual(columns.slice(9))
    expect(all.lines).toEqual([
      '{"count":0,"lists":0,"sumi":null,"sumd":null,"min":null,"max":null,"mean":null,"first":null,"last":null,"distinct":0,"quantile":null,"duration":null,"ratio":null}',
    ])
    expect(all.dates).toEqual([undefined])
  })

  test('keep the day that all their rows are of', async () => {
    const source = sourceOfDays({ '2025-03-14': ['{"k":1}', '{"k":2}'], '2025-03-15': ['{"k":2}', '{"k":3}'] })
    const { lines, dates, counts } = await derived(source, { groupBy: { keys: { k: 'k' }, columns: {} } })
    expect(lines).toEqual(['{"k":1}', '{"k":2}', '{"k":3}'])
    expect(dates).toEqual(['2025-03-14', undefined, '2025-03-15'])
    expect(counts).toEqual({ read: 4, kept: 4, dropped: 0, rejected: 0, made: 4, rows: 3 })
  })

  test('are made of what functions made', async () => {
    const source = sourceOf(['{"n":1}', '{"n":2}', '{"n":3}', '{"n":4}'])
    const { lines, counts } = await derived(source, {
      compute: { odd: ({ n }: Row) => (n as number) % 2 === 1, at: () => new Date(0), one: () => 1 },
      transform: (row: Row) => (row.n === 4 ? null : [row, row]),
      groupBy: { keys: { odd: 'odd', day: { day: 'at' } }, columns: { n: { sum: 'n' }, p: { max: 'one' } } },
    })
    expect(lines).toEqual([
      '{"odd":true,"day":"1970-01-01T00:00:00.000000Z","n":8,"p":1}',
      '{"odd":false,"day":"1970-01-01T00:00:00.000000Z","n":4,"p":1}',
    ])
    expect(counts).toEqual({ read: 4, kept: 3, dropped: 1, rejected: 0, made: 6, rows: 2 })
  })

  test('times are cut in UTC, before 1970 and in the first and last years', async () => {
    const source = sourceOf(
      ['0001-03-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'].map(
        (t) => `{"t":"${t}"}`,
      ),
      { t: 'timestamp' },
    )
    const keys = { minute: { minute: 't' }, hour: { hour: 't' }, day: { day: 't' }, month: { month: 't' } }
    const { lines } = await derived(source, { groupBy: { keys, columns: {} } })
    const cut = (minute: string, month: string) =>
      `{"minute":"${minute}:59:00.000000Z","hour":"${minute}:00:00.000000Z","day":"${minute.slice(0, 10)}T00:00:00.000000Z","month":"${month}-01T00:00:00.000000Z"}`
    expect(lines).toEqual([
      cut('0001-03-31T23', '0001-03'),
      cut('1969-12-31T23', '1969-12'),
      cut('9999-12-31T23', '9999-12'),
    ])
  })
})

describe('aggregates', () => {
  const of = async (source: ReturnType<typeof ints>, aggregate: unknown) => {
    const { lines } = await derived(source, { groupBy: { columns: { it: aggregate } } })
    return lines[0]!.slice('{"it":'.length, -1)
  }
  const MAX = '9223372036854775807'

  test('integers keep every digit, whatever the sum was on its way', async () => {
    expect(await of(ints(MAX, MAX, `-${MAX}`, 5, -5), { sum: 'n' })).toBe(MAX)
    expect(await of(ints('9007199254740991', 2, '9007199254740993'), { sum: 'n' })).toBe('18014398509481986')
    expect(await of(ints(MAX, '9223372036854775806', null), { max: 'n' })).toBe(MAX)
    expect(await of(ints('9007199254740993', '9007199254740992', 1), { min: 'n' })).toBe('1')
    expect(await of(ints('9007199254740993', '9007199254740992'), { distinct: 'n' })).toBe('2')
    expect(await of(ints(MAX, MAX), { mean: 'n' })).toBe('9223372036854776000.0')
    expect((await thrownBy(() => of(ints(MAX, 1), { sum: 'n' }))).message).toContain(
      `groupBy.columns.it: the sum of n is too great for its type; seen: 9223372036854775808; wanted: a sum within 64 bits`,
    )
  })

  test('doubles are added without losing the small ones, and not beyond their range', async () => {
    const doubles = (...values: number[]) => ints(...values.map((n) => (Number.isInteger(n) ? n.toExponential() : n)))
    expect(await of(doubles(1e100, 1, -1e100), { sum: 'n' })).toBe('1.0')
    expect(await of(doubles(...Array(10).fill(0.1)), { sum: 'n' })).toBe('1.0')
    const error = await thrownBy(() => of(doubles(1e308, 1e308), { mean: 'n' }))
    expect(error.message).toMatch(/the sum of n is too great for its type; seen: (Infinity|NaN)/)
    expect(await of(doubles(-1e308, 1e308), { quantile: 'n', q: 0.5 })).toBe('0.0')
    const tiny = sourceOf(['{"a":1e300,"b":1e-300}'])
    const ratio = { groupBy: { columns: { a: { sum: 'a' }, b: { sum: 'b' }, it: { ratio: ['a', 'b'] } } } }
    expect((await thrownBy(() => derived(tiny, ratio))).message).toMatch(/a ratio is too great for a double/)
  })

  test('of rows that are equal in the order of another column, the first is first and the last last', async () => {
    const source = sourceOf(
      ['[1,"a"]', '[2,"b"]', '[1,"c"]', '[2,"d"]', '[null,"e"]', '[0,null]'].map((pair) => {
        const [by, v] = JSON.parse(pair)
        return JSON.stringify({ by, v })
      }),
    )
    expect(await of(source, { first: 'v', by: 'by' })).toBe('"a"')
    expect(await of(source, { last: 'v', by: 'by' })).toBe('"d"')
    expect(await of(source, { first: 'v' })).toBe('"a"')
    expect(await of(source, { last: 'v' })).toBe('"e"')
  })

  test('texts compare by their bytes', async () => {
    const source = sourceOf(['"\\uffff"', '"😀"', '"z"', '"\\ue000"'].map((n) => `{"n":${n}}`))
    expect(await of(source, { max: 'n' })).toBe('"😀"')
    expect(await of(source, { min: 'n' })).toBe('"z"')
  })
})

describe('what cannot be grouped is refused before anything is read', () => {
  const unread = {
    root: one().root,
    batches(): AsyncIterable<never> {
      throw new Error('it was read')
    },
  }
  const refused = (settings: Settings) => thrownBy(() => derived(unread, settings))
  const column = (it: unknown) => ({ groupBy: { columns: { n: { count: 'rows' }, it } } })

  const cases: readonly (readonly [string, Settings, RegExp])[] = [
    ['unknown column', column({ sum: 'ii' }), /groupBy\.columns\.it: there is no column ii; .*did you mean i\?/],
    ['unknown key', { groupBy: { keys: { k: 'tt' }, columns: {} } }, /groupBy\.keys\.k: there is no column tt/],
    ['unknown by', column({ first: 'i', by: 'nope' }), /groupBy\.columns\.it: there is no column nope/],
    ['unknown in a condition', column({ count: 'rows', where: { nope: 1 } }), /there is no column nope/],
    ['a condition that cannot be', column({ sum: 'i', where: { i: 'x' } }), /i can never be "x"/],
    ['sum of a text', column({ sum: 's' }), /it: s cannot be summed; seen: string; wanted: int64 or double/],
    ['mean of a boolean', column({ mean: 'b' }), /b cannot be averaged; seen: bool/],
    ['min of json', column({ min: 'j' }), /j cannot be compared; seen: json/],
    ['quantile of a time', column({ quantile: 't', q: 0.5 }), /t cannot be interpolated; seen: timestamp/],
    ['duration of a boolean', column({ duration: 'b' }), /b cannot be read as times; seen: bool/],
    ['order by json', column({ last: 'i', by: 'j' }), /j cannot be compared/],
    ['a struct', column({ first: 'o' }), /o is no single value; seen: struct/],
    ['a column in a list', column({ max: 'l[].y' }), /l\[\]\.y is inside a list or map/],
    ['a map as a key', { groupBy: { keys: { k: 'm' }, columns: {} } }, /m is no single value; seen: map/],
    ['the hour of a boolean', { groupBy: { keys: { k: { hour: 'b' } }, columns: {} } }, /b cannot be cut to the hour/],
    ['an unknown part of a ratio', column({ ratio: ['n', 'nn'] }), /there is no column nn; .*did you mean n\?/],
    ['a ratio of itself', column({ ratio: ['it', 'n'] }), /it cannot be in a ratio; seen: another ratio/],
    [
      'a ratio of texts',
      { groupBy: { columns: { a: { min: 's' }, it: { ratio: ['a', 'a'] } } } },
      /a cannot be in a ratio; seen: string/,
    ],
    [
      'one name twice',
      { groupBy: { keys: { it: 'i' }, columns: { it: { sum: 'i' } } } },
      /two columns would be called "it"/,
    ],
    ['nothing', { groupBy: { columns: {} } }, /the groups would have no columns/],
    [
      'an unknown column beside computed ones',
      { compute: { more: () => 1 }, ...column({ sum: 'mor' }) },
      /there is no column mor; .*did you mean more\?/,
    ],
    [
      'an unknown key beside computed ones',
      { compute: { more: () => 1 }, groupBy: { keys: { k: { day: 'o.z' } }, columns: {} } },
      /there is no column o\.z/,
    ],
  ]
  test.each(cases)('%s', async (_, settings, message) => {
    const error = await refused(settings)
    expect(error.code).toBe('usage')
    expect(error.message).toMatch(message)
  })
})

test.each([
  ['compute', { compute: { ['__proto__']: () => 1 } }],
  ['a key', { groupBy: { keys: { ['__proto__']: 'i' }, columns: {} } }],
  ['a column', { groupBy: { columns: { ['__proto__']: { sum: 'i' } } } }],
  ['a condition', { groupBy: { columns: { n: { count: 'rows', where: { ['__proto__']: 2 } } } } }],
])('%s by the name __proto__ is refused, not left out', (_, settings) => {
  const { error } = derivationSchema.safeParse(settings)
  expect(JSON.stringify(error?.issues)).toContain('wanted another name than __proto__')
})

describe('limits', () => {
  const many = () =>
    sourceOf(
      Array.from({ length: 30 }, (_, n) => `{"n":${n},"k":${n % 2},"s":"${n}"}`),
      {},
      10,
    )

  test('of groups', async () => {
    const groupBy = { keys: { n: 'n' }, columns: {}, maxGroups: 30 }
    expect((await derived(many(), { groupBy })).lines).toHaveLength(30)
    expect((await thrownBy(() => derived(many(), { groupBy: { ...groupBy, maxGroups: 29 } }))).message).toMatch(
      /groupBy makes too many groups; seen: more than 29; wanted: at most groupBy\.maxGroups/,
    )
  })

  test('of values that are held, of all columns together', async () => {
    const columns = { values: { distinct: 's' }, middle: { quantile: 'n', q: 0.5 } }
    const groupBy = { keys: { k: 'k' }, columns, maxValues: 60 }
    expect((await derived(many(), { groupBy })).lines).toEqual([
      '{"k":0,"values":15,"middle":14.0}',
      '{"k":1,"values":15,"middle":15.0}',
    ])
    expect((await thrownBy(() => derived(many(), { groupBy: { ...groupBy, maxValues: 59 } }))).message).toMatch(
      /groupBy\.columns\.middle and others like it hold too many values; seen: more than 59/,
    )
  })

  test('a text that is no time', async () => {
    const source = sourceOf(['{"s":"2025-03-14T00:00:00Z"}', '{"s":"2025-03-14"}', '{"s":"later"}'])
    const error = await thrownBy(() => derived(source, { groupBy: { columns: { it: { duration: 's' } } } }))
    expect(error.message).toMatch(/a text of s is no time; seen: "later" on 2025-03-14/)
  })

  test('an unknown name after transform', async () => {
    const settings = { transform: () => ({ a: 1 }), groupBy: { columns: { it: { sum: 'b' } } } }
    expect((await thrownBy(() => derived(one(), settings))).message).toMatch(/there is no column b; .*did you mean a\?/)
  })
})

test('groups of a row that is there', async () => {
  expect((await grouped({ columns: { n: { count: 'rows' } } })).lines).toEqual(['{"n":1}'])
})
