import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datasetFromFlags, defineConfig, parseConfig } from '../lib/config.ts'
import { nearestName } from '../lib/nearest-name.ts'
import { thrownBy } from './thrown.ts'

const MINIMAL = { archive: { location: '/in' }, out: '/out' }

/** The lines of the message, without the first. */
async function problemsIn(value: unknown): Promise<string[]> {
  const error = await thrownBy(() => parseConfig(value, 'dayseal.config.ts'))
  expect(error.code).toBe('usage')
  const [first, ...problems] = error.message.split('\n  ')
  expect(first).toBe('dayseal.config.ts cannot be used:')
  return problems
}

/** What is wrong with a dataset that is `MINIMAL` but for `changes`. */
async function problemsOf(changes: object): Promise<string[]> {
  return (await problemsIn({ datasets: { d: { ...MINIMAL, ...changes } } })).map((line) =>
    line.replace('datasets.d.', ''),
  )
}

/** So many lists in a column. */
function lists(depth: number): unknown {
  return depth === 0 ? 'int64' : { list: lists(depth - 1) }
}

describe('parseConfig', () => {
  it('gives each dataset its name and the defaults', () => {
    const datasets = parseConfig(defineConfig({ datasets: { tier3: MINIMAL, 'b-2': { ...MINIMAL, out: '/b' } } }), 'f')
    expect([...datasets.keys()]).toEqual(['tier3', 'b-2'])
    expect(datasets.get('tier3')).toMatchObject({
      name: 'tier3',
      archive: { location: '/in', layout: '{yyyy}{MM}{dd}/{HH}.jsonl.gz' },
      out: '/out',
      schema: { mode: 'infer', overrides: {} },
      guards: { minHours: 24 },
      limits: { maxLineBytes: 16 * 2 ** 20, maxDepth: 64, maxQuarantineShare: 0.05 },
      verify: { required: [], allNull: 'warn' },
    })
  })

  it('keeps what it is given', () => {
    const settings = {
      archive: { location: 's3://app-archive', layout: '{yyyy}/{MM}/{dd}/{HH}/*' },
      out: 's3://datasets/tier3',
      eventTime: 'meta.added_ts',
      schema: { mode: 'infer', overrides: { norm: 'drop', 'windows.*.tag_counts': 'map', 'a\\.b': { rename: 'a_b' } } },
      guards: { minHours: 20, deadline: '06:00', emptyHours: 'refuse' },
      verify: {
        required: ['symbol', 'meta'],
        oneOf: [['spot_raw', 'spot_prices']],
        rules: [{ path: 'meta.duration_sec', min: 6000, max: 9000, level: 'warn' }],
        blocks: [{ path: 'futures_raw', minShare: 0.1, level: 'warn' }],
        nulls: { meta: 0 },
      },
    } as const
    expect(parseConfig({ datasets: { d: settings } }, 'f').get('d')).toMatchObject(settings)
  })

  it('reads declared columns in strict mode', () => {
    const columns = { id: 'int64', tags: { list: 'string' }, counts: { map: 'int64' } } as const
    const dataset = parseConfig({ datasets: { d: { ...MINIMAL, schema: { mode: 'strict', columns } } } }, 'f').get('d')
    expect(dataset?.schema).toEqual({ mode: 'strict', columns })
  })

  it.each([
    [undefined, 'all of it: seen nothing, wanted an object'],
    [() => ({}), 'all of it: seen a function, wanted an object'],
    [{}, 'datasets: seen nothing, wanted an object'],
    [{ datasets: [] }, 'datasets: seen [], wanted an object'],
    [{ datasets: {} }, 'datasets: seen {}, wanted one or more'],
    [{ datasets: { d: null } }, 'datasets.d: seen null, wanted an object'],
    [{ dataset: {}, datasets: { d: MINIMAL } }, 'all of it: unknown key "dataset", did you mean datasets?'],
    [
      { datasets: { 'a b': MINIMAL } },
      'datasets["a b"]: the name: wanted a name of letters, digits, _ and -, starting with a letter or digit',
    ],
  ])('of %j says: %s', async (value, problem) => {
    expect(await problemsIn(value)).toEqual([problem])
  })

  it.each([
    [{ out: undefined }, 'out: seen nothing, wanted a string'],
    [{ out: '' }, 'out: seen "", wanted something'],
    [{ archive: '/in' }, 'archive: seen "/in", wanted an object'],
    [{ archive: { location: 3 } }, 'archive.location: seen 3, wanted a string'],
    [{ archive: { location: 'a', layuot: 'b' } }, 'archive: unknown key "layuot", did you mean layout?'],
    [{ archive: { location: 'a', x: 1 } }, 'archive: unknown key "x", wanted location, layout'],
    [
      { archive: { location: 'a', layout: '{yyyy}{MM}{dd}.jsonl' } },
      'archive.layout: the layout "{yyyy}{MM}{dd}.jsonl" cannot be used; seen: no {HH}; wanted: all of {yyyy} {MM} {dd} {HH}',
    ],
    [
      { eventTime: 'a..b' },
      'eventTime: the path "a..b" cannot be read at character 3; seen: ".b"; wanted: a name (`\\e` is the empty one)',
    ],
    [{ eventTime: 'a[].b' }, 'eventTime: the path "a[].b" may mean several columns; wanted: no * and no []'],
    [{ guards: { minHours: 25 } }, 'guards.minHours: seen 25, wanted at most 24'],
    [{ guards: { minHours: 1.5 } }, 'guards.minHours: seen 1.5, wanted a whole number'],
    [{ guards: { deadline: '24:00' } }, 'guards.deadline: seen "24:00", wanted a time of day in UTC, 00:00 to 23:59'],
    [{ guards: { emptyHours: 'no' } }, 'guards.emptyHours: seen "no", wanted one of "warn", "refuse"'],
    [
      { schema: { mode: 'strict', columns: { a: lists(47), b: lists(48) } } },
      'schema.columns.b: seen 97 levels, wanted at most 96: declare json inside it',
    ],
    [
      { limits: { maxPaths: 3 }, schema: { mode: 'strict', columns: { a: { map: 'json' }, b: 'json' } } },
      'schema.columns: seen 4 columns, structs, lists and maps, wanted at most 3 (limits.maxPaths)',
    ],
    [
      { schema: { overrides: { [`a${'[]'.repeat(48)}`]: 'timestamp', [`b${'[]'.repeat(47)}`]: 'json' } } },
      `schema.overrides["a${'[]'.repeat(48)}"]: seen 97 levels, wanted at most 96`,
    ],
    [{ limits: { maxQuarantineShare: Number.NaN } }, 'limits.maxQuarantineShare: seen NaN, wanted a number'],
    [{ limits: { maxLineBytes: 10 } }, 'limits.maxLineBytes: seen 10, wanted at least 1024'],
    [{ schema: { mode: 'strickt' } }, 'schema.mode: seen "strickt", wanted one of "infer", "strict"'],
    [{ schema: { mode: 'strict' } }, 'schema.columns: seen nothing, wanted an object'],
    [{ schema: { mode: 'infer', columns: {} } }, 'schema: unknown key "columns", wanted mode, overrides, times'],
    [
      { schema: { overrides: { 'a.b': 'mapp' } } },
      'schema.overrides["a.b"]: seen "mapp", wanted one of "map", "struct", "json", "drop", "timestamp", "string", "int64", "double", or an object',
    ],
    [{ schema: { overrides: { a: { rnme: 'b' } } } }, 'schema.overrides.a: unknown key "rnme", did you mean rename?'],
    [
      { schema: { overrides: { a: { as: 'mapp' } } } },
      'schema.overrides.a.as: seen "mapp", wanted one of "map", "struct", "json", "drop", "timestamp", "string", "int64", "double"',
    ],
    [
      { schema: { overrides: { 'a*': 'map' } } },
      'schema.overrides["a*"]: the name: the path "a*" cannot be read at character 2; seen: "*"; wanted: `*` in the place of a whole name, or `\\*` for a star in a name',
    ],
    [
      { schema: { mode: 'strict', columns: { a: { list: 'int' } } } },
      'schema.columns.a.list: seen "int", wanted one of "bool", "int64", "int64_wide", "double", "string", "json", "timestamp", or an object',
    ],
    [
      { schema: { mode: 'strict', columns: { a: { struct: [{ name: 'b', typ: 'bool' }] } } } },
      'schema.columns.a.struct[0].type: seen nothing, wanted one of "bool", "int64", "int64_wide", "double", "string", "json", "timestamp", or an object',
    ],
    [{ verify: { rules: [{ path: 'a', mn: 1 }] } }, 'verify.rules[0]: unknown key "mn", did you mean min?'],
    [{ verify: { oneOf: [[]] } }, 'verify.oneOf[0]: seen [], wanted at least 1 in the list'],
    [{ verify: { nulls: { a: 2 } } }, 'verify.nulls.a: seen 2, wanted at most 1'],
    [
      { verify: { blocks: [{ path: 'x', flag: '' }] } },
      'verify.blocks[0].flag: the path "" cannot be read at character 1; seen: its end; wanted: a name (`\\e` is the empty one)',
    ],
  ])('of %j says what is wrong', async (changes, problem) => {
    expect((await problemsOf(changes))[0]).toBe(problem)
  })

  it('names every problem at once', async () => {
    const problems = await problemsIn({
      datasets: {
        a: { archive: { location: 1 }, out: 'x/', guards: { minHours: 0 } },
        b: { ...MINIMAL, out: './x', verify: { requried: [] } },
        c: { ...MINIMAL, limits: null },
      },
    })
    expect(problems).toEqual([
      'datasets.a.archive.location: seen 1, wanted a string',
      'datasets.a.guards.minHours: seen 0, wanted at least 1',
      'datasets.b.verify: unknown key "requried", did you mean required?',
      'datasets.c.limits: seen null, wanted an object',
      'datasets a and b: seen one out, x/, wanted one each',
    ])
  })

  it('shortens what it shows', async () => {
    const [problem] = await problemsOf({ guards: 'x'.repeat(1000) })
    expect(problem).toBe(`guards: seen "${'x'.repeat(56)}…, wanted an object`)
  })

  it('refuses anything without crashing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }), async (noise) => {
        await problemsIn(noise)
        await problemsIn({ datasets: { d: noise } })
        await problemsIn({ datasets: { d: { ...MINIMAL, archive: noise } } })
      }),
    )
  })
})

describe('how buckets are reached', () => {
  it('is as it is said, and nothing by default', () => {
    const s3 = { endpoint: 'https://account.r2.cloudflarestorage.com', region: 'auto', profile: 'r2', pathStyle: false }
    const datasets = parseConfig({ datasets: { a: { ...MINIMAL, s3 }, b: { ...MINIMAL, out: '/b' } } }, 'f')
    expect([...datasets.values()].map((dataset) => dataset.s3)).toEqual([s3, {}])
  })

  it.each(['127.0.0.1:9000', 'ftp://host', 's3://bucket', ''])('is not at %j', async (endpoint) => {
    expect(await problemsOf({ s3: { endpoint } })).toEqual([
      `s3.endpoint: seen ${JSON.stringify(endpoint)}, wanted http://host or https://host`,
    ])
  })

  it.each(['https://user@host', 'https://:secret@host', 'https://host/?token=secret', 'https://host/#secret'])(
    'is not at %j, and the message does not say what is in it',
    async (endpoint) => {
      const problems = await problemsOf({ s3: { endpoint } })
      expect(problems).toEqual(['s3.endpoint: wanted the URL of a host, without a user, a password or a query'])
    },
  )

  it('says which key was meant', async () => {
    expect(await problemsOf({ s3: { endPoint: 'http://host' } })).toEqual([
      's3: unknown key "endPoint", did you mean endpoint?',
    ])
  })

  it('makes two places of one bucket at two endpoints', async () => {
    const at = (endpoint: string, out: string) => ({ ...MINIMAL, out, s3: { endpoint } })
    const a = at('http://one', 's3://bucket/x')
    expect(parseConfig({ datasets: { a, b: at('http://two', 's3://bucket/x') } }, 'f').size).toBe(2)
    expect(await problemsIn({ datasets: { a, b: at('http://one', 'S3://bucket/x/') } })).toEqual([
      'datasets a and b: seen one out, s3://bucket/x, wanted one each',
    ])
    expect(await problemsIn({ datasets: { a: at('http://one', '/x'), b: at('http://two', '/x') } })).toHaveLength(1)
  })
})

describe('former names', () => {
  const named = (formerly: readonly unknown[]) => ({
    datasets: { shop: { ...MINIMAL, formerly }, b: { ...MINIMAL, out: '/b' } },
  })

  it('are none by default, and kept in their order', () => {
    expect(parseConfig(named([]), 'f').get('b')!.formerly).toEqual([])
    expect(parseConfig(named(['default', 'app']), 'f').get('shop')!.formerly).toEqual(['default', 'app'])
  })

  it.each([
    [['shop'], 'datasets.shop.formerly: seen shop, its own name, wanted names that it had before'],
    [['b'], 'datasets.shop.formerly: seen b, wanted a name that no dataset has now'],
    [['app', 'web', 'app'], 'datasets.shop.formerly[2]: app is named twice'],
    [['a b'], 'datasets.shop.formerly[0]: seen "a b", wanted a name of letters'],
    [[''], 'datasets.shop.formerly[0]: seen "", wanted a name of letters'],
  ])('%j are refused', async (formerly, message) => {
    const error = await thrownBy(() => parseConfig(named(formerly), 'f'))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(message)
  })

  it('may be those of two datasets: each was without a configuration', () => {
    const datasets = { a: { ...MINIMAL, formerly: ['default'] }, b: { ...MINIMAL, out: '/b', formerly: ['default'] } }
    expect(parseConfig({ datasets }, 'f').size).toBe(2)
  })
})

describe('two datasets with one output', () => {
  const outs = (...outs: string[]) => ({
    datasets: Object.fromEntries(outs.map((out, index) => [`d${index}`, { ...MINIMAL, out }])),
  })

  it.each([
    ['out', 'out/'],
    ['out', './out'],
    ['a/../out', 'out'],
    ['/data//out', '/data/out/'],
    ['file:///data/my%20out', '/data/my out'],
    ['s3://bucket/x', 'S3://bucket/x/'],
  ])('are refused: %s and %s', async (a, b) => {
    expect(await problemsIn(outs(a, 'other', b))).toEqual([`datasets d0 and d2: seen one out, ${a}, wanted one each`])
  })

  it.each([
    ['out', 'Out'],
    ['out', 'out/b'],
    ['s3://bucket/a/b', 's3://bucket/a//b'],
    ['s3://bucket', 's3://bucket2'],
    ['/', '/out'],
  ])('are not: %s and %s', (a, b) => {
    expect(parseConfig(outs(a, b), 'f').size).toBe(2)
  })
})

describe('datasetFromFlags', () => {
  it('is the dataset of a configuration that says the same', () => {
    const inFile = parseConfig({ datasets: { default: { ...MINIMAL, eventTime: 'ts' } } }, 'f').get('default')
    expect(datasetFromFlags({ archive: '/in', out: '/out', eventTime: 'ts' })).toEqual(inFile)
    expect(datasetFromFlags({ name: 'x', archive: 'a', out: 'b', layout: '{yyyy}/{MM}/{dd}/{HH}/*' })).toMatchObject({
      name: 'x',
      archive: { location: 'a', layout: '{yyyy}/{MM}/{dd}/{HH}/*' },
    })
  })

  it('says what is wrong', async () => {
    const error = await thrownBy(() => datasetFromFlags({ name: 'a b', archive: '', out: 'x', layout: '{HH}' }))
    expect(error.code).toBe('usage')
    expect(error.message.split('\n  ')).toEqual([
      'the dataset on the command line cannot be used:',
      'name: seen "a b", wanted a name of letters, digits, _ and -, starting with a letter or digit',
      'archive.location: seen "", wanted something',
      expect.stringContaining('archive.layout: the layout "{HH}" cannot be used; seen: no {yyyy} {MM} {dd}'),
    ])
  })
})

describe('nearestName', () => {
  it.each([
    ['layuot', 'layout'],
    ['LAYOUT', 'layout'],
    ['locaton', 'location'],
    ['oud', 'out'],
    ['x', undefined],
    ['something', undefined],
    ['', undefined],
  ])('of %j is %s', (name, nearest) => {
    expect(nearestName(name, ['location', 'layout', 'out'])).toBe(nearest)
  })
})
