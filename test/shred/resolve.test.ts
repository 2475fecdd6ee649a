import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { fileSchema, keysAreData, resolveSchema } from '../../lib/shred/resolve.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { schemaFromJson, schemaToJson, type TypeJson } from '../../lib/shred/schema-json.ts'
import { pruneSchema, type Schema } from '../../lib/shred/type.ts'

const rules = (overrides: Readonly<Record<string, Override>> = {}) => compileRules(overrides, undefined)

const profile = (fields: Readonly<Record<string, Profile>>): Profile => ({ objects: 1, fields: Object.entries(fields) })

const columns = (types: Readonly<Record<string, TypeJson>>) =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

const base = (types: Readonly<Record<string, TypeJson>>): Schema => schemaFromJson(columns(types))

const struct = (types: Readonly<Record<string, TypeJson>>): TypeJson => ({ struct: columns(types) })

/** The columns at the end, as a ledger names them. */
function resolved(from: Schema, seen: Profile, overrides: Readonly<Record<string, Override>> = {}) {
  return schemaToJson(pruneSchema(resolveSchema(from, seen, rules(overrides))))
}

function file(from: Schema, seen: Profile, overrides: Readonly<Record<string, Override>> = {}) {
  return schemaToJson(fileSchema(from, seen, rules(overrides)))
}

/** `objects` objects with `keys` distinct keys, each of which occurs `times` times. */
function objects(
  keys: number,
  count: number,
  times = 1,
  value = (_key: number): Profile => ({ ints: times }),
): Profile {
  return { objects: count, fields: Array.from({ length: keys }, (_, i) => [`k${i}`, value(i)]) }
}

describe('keysAreData', () => {
  const at = [{ kind: 'name', name: 'a' } as const]
  const areData = (seen: Profile) => keysAreData(seen, at, rules())

  test('needs more than 64 distinct keys', () => {
    expect(areData(objects(64, 64))).toBe(false)
    expect(areData(objects(65, 65))).toBe(true)
  })

  test('needs more than 8 times as many as an object has on average', () => {
    // 80 keys, once each: 10 per object in 8 objects, fewer in 9.
    expect(areData(objects(80, 8))).toBe(false)
    expect(areData(objects(80, 9))).toBe(true)
    expect(areData(objects(80, 80, 10))).toBe(false)
    expect(areData(objects(80, 81, 10))).toBe(true)
  })

  test('a null counts as an occurrence', () => {
    expect(areData(objects(80, 81, 1, () => ({ ints: 9, nulls: 1 })))).toBe(true)
    expect(areData(objects(80, 80, 1, () => ({ ints: 9, nulls: 1 })))).toBe(false)
  })

  test('not where the values clash', () => {
    const clash = (key: number): Profile => (key === 70 ? { strings: 1 } : { ints: 1 })
    expect(areData(objects(100, 100, 1, clash))).toBe(false)
    // A clash further inside is a json column in the map's values.
    const below = (key: number): Profile => ({ objects: 1, fields: [['v', clash(key)]] })
    expect(areData(objects(100, 100, 1, below))).toBe(true)
  })

  test('stays so once it was found', () => {
    expect(areData({ objects: 1, keys_are_data: true, values: { ints: 1, strings: 1 } })).toBe(true)
  })
})

describe('resolveSchema', () => {
  test('has the base first, then what is new in order of first appearance', () => {
    const from = base({ z: 'string', m: struct({ y: 'int64' }) })
    const seen = profile({ b: { ints: 1 }, m: profile({ x: { bools: 1 }, y: { ints: 1 } }), a: { doubles: 1 } })
    expect(resolved(from, seen)).toEqual(
      columns({ z: 'string', m: struct({ y: 'int64', x: 'bool' }), b: 'int64', a: 'double' }),
    )
  })

  test('a map stays a map, whatever its keys look like', () => {
    const seen = profile({ m: { objects: 1, fields: [['only', { doubles: 1 }]] } })
    expect(resolved(base({ m: { map: 'int64' } }), seen)).toEqual(columns({ m: { map: 'double' } }))
    expect(resolved(base({}), seen)).toEqual(columns({ m: struct({ only: 'double' }) }))
  })

  test('a struct of the base becomes a map with its values', () => {
    const seen = profile({ m: objects(65, 65) })
    expect(resolved(base({ m: struct({ old: 'double' }) }), seen)).toEqual(columns({ m: { map: 'double' } }))
  })

  test('an override decides between struct and map', () => {
    const many = resolved(base({}), profile({ m: objects(65, 65) }), { m: 'struct' })
    expect(many).toEqual(
      columns({ m: struct(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'int64']))) }),
    )
    expect(resolved(base({}), profile({ m: objects(1, 1) }), { m: 'map' })).toEqual(columns({ m: { map: 'int64' } }))
  })

  test('string, int64 and double hold whatever was seen, and whatever was known', () => {
    const overrides = {
      a: 'string',
      b: 'int64',
      c: 'double',
      'd.*': 'string',
      'e[]': 'double',
      nothing: 'int64',
    } as const
    const seen: Profile = {
      objects: 1,
      fields: [
        ['a', { ints: 1, huge: 1 }],
        ['b', { ints: 1, wide_ints: 1 }],
        ['c', { ints: 1 }],
        ['d', { objects: 1, fields: [['x', { bools: 1 }]] }],
        ['e', { lists: 1, elements: { ints: 1 } }],
        ['nothing', { nulls: 1 }],
      ],
    }
    const known = base({
      a: 'json',
      b: { struct: columns({ x: 'bool' }) },
      c: 'int64_wide',
      d: 'json',
      nothing: 'string',
    })
    const rules = compileRules(overrides, undefined)
    const wanted = {
      a: 'string',
      b: 'int64',
      c: 'double',
      d: { struct: columns({ x: 'string' }) },
      e: { list: 'double' },
      nothing: 'int64',
    } as const
    expect(schemaToJson(fileSchema([], seen, rules))).toEqual(columns(wanted))
    const order = { a: wanted.a, b: wanted.b, c: wanted.c, d: 'json', nothing: wanted.nothing, e: wanted.e } as const
    expect(schemaToJson(fileSchema(known, seen, rules))).toEqual(columns(order))
  })

  test('json, timestamp and drop hold whatever was seen', () => {
    const seen = profile({ a: { ints: 1 }, b: { strings: 1 }, c: { strings: 1 }, d: { strings: 1 } })
    const overrides = { a: 'json', b: 'timestamp', c: 'drop' } as const
    expect(resolved(base({ c: 'string' }), seen, overrides)).toEqual(
      columns({ a: 'json', b: 'timestamp', d: 'string' }),
    )
  })

  test('a renamed column keeps its key, at every depth', () => {
    const seen = profile({ a: { ints: 1 }, l: { lists: 1, elements: profile({ 'x y': { ints: 1 } }) } })
    const overrides = { a: { rename: 'first' }, 'l[].x y': { rename: 'xy', as: 'json' } } as const
    expect(resolved(base({ a: 'int64' }), seen, overrides)).toEqual([
      { name: 'first', key: 'a', type: 'int64' },
      { name: 'l', type: { list: { struct: [{ name: 'xy', key: 'x y', type: 'json' }] } } },
    ])
  })

  test.each<[string, Profile, Readonly<Record<string, Override>>, string]>([
    ['two renames', profile({ a: { ints: 1 }, b: { ints: 1 } }), { '*': { rename: 'c' } }, '"c"'],
    [
      'a rename to a key',
      profile({ m: profile({ a: { ints: 1 }, b: { ints: 1 } }) }),
      { 'm.a': { rename: 'b' } },
      'in m',
    ],
  ])('two columns of one name are refused: %s', (_, seen, overrides, named) => {
    const resolve = () => resolveSchema([], seen, rules(overrides))
    expect(resolve).toThrow(DaysealError)
    expect(resolve).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringContaining(named) }))
  })

  test('a dropped column leaves its name to another', () => {
    const seen = profile({ a: { ints: 1 }, b: { strings: 1 } })
    expect(resolved(base({}), seen, { a: { rename: 'b' }, b: 'drop' })).toEqual([
      { name: 'b', key: 'a', type: 'int64' },
    ])
  })

  test('kinds join: a clash is json, integers beyond 2^53 bear no fraction', () => {
    const seen = profile({
      clash: { ints: 1, strings: 1 },
      number: { ints: 1, doubles: 1 },
      wide: { wide_ints: 1, doubles: 1 },
      huge: { huge: 1 },
    })
    expect(resolved(base({}), seen)).toEqual(columns({ clash: 'json', number: 'double', wide: 'json', huge: 'json' }))
  })

  test('is what was declared in strict mode', () => {
    const declared = base({ a: 'int64' })
    const strict = compileRules({}, declared)
    expect(resolveSchema(base({ b: 'string' }), profile({ c: { ints: 1 } }), strict)).toBe(declared)
    expect(fileSchema(base({ b: 'string' }), profile({ c: { ints: 1 } }), strict)).toEqual(declared)
  })
})

describe('fileSchema', () => {
  const EMPTIES: Readonly<Record<string, Profile>> = {
    n: { nulls: 2 },
    o: { objects: 2, empty_objects: 2 },
    l: { lists: 2, empty_lists: 2 },
    ll: { lists: 1, elements: { lists: 1, empty_lists: 1, nulls: 1 } },
    s: profile({ n: { nulls: 1 } }),
  }

  test('leaves out what was only null, {} or []', () => {
    expect(file(base({}), profile({ ...EMPTIES, a: { ints: 1 } }))).toEqual(columns({ a: 'int64' }))
  })

  test('leaves it out although the base has it', () => {
    const from = base({ n: 'int64', gone: 'string', s: struct({ n: 'int64', gone: 'string', kept: 'bool' }) })
    const seen = profile({ n: { nulls: 1 }, s: profile({ n: { nulls: 1 }, kept: { bools: 1 } }) })
    expect(file(from, seen)).toEqual(columns({ s: struct({ kept: 'bool' }) }))
  })

  test('the base still gives the type of what was seen', () => {
    expect(file(base({ a: 'double', t: 'json' }), profile({ a: { ints: 1 }, t: { ints: 1 } }))).toEqual(
      columns({ a: 'double', t: 'json' }),
    )
  })

  test('keeps what an override gives a type', () => {
    const overrides = { n: 'json', o: 'map', l: 'timestamp' } as const
    expect(file(base({}), profile({ n: EMPTIES.n!, o: EMPTIES.o!, l: { nulls: 1 } }), overrides)).toEqual(
      columns({ n: 'json', o: { map: 'json' }, l: 'timestamp' }),
    )
  })

  test('an override of what never occurred makes no column', () => {
    expect(file(base({ a: 'int64' }), profile({}), { a: 'json' })).toEqual([])
  })

  test('a map whose values are dropped has no column', () => {
    expect(file(base({}), profile({ m: objects(2, 2) }), { m: 'map', 'm.*': 'drop' })).toEqual([])
  })
})
