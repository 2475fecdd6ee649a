import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { learnSchema } from '../../lib/shred/learn.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { learntToJson, schemaFromJson, type TypeJson } from '../../lib/shred/schema-json.ts'

const columns = (types: Readonly<Record<string, TypeJson>>) =>
  Object.entries(types).map(([name, type]) => ({ name, type }))

const profile = (fields: Readonly<Record<string, Profile>>): Profile => ({ objects: 1, fields: Object.entries(fields) })

function learnt(
  base: Readonly<Record<string, TypeJson>>,
  day: Profile,
  overrides: Readonly<Record<string, Override>> = {},
) {
  return learntToJson(learnSchema(schemaFromJson(columns(base)), day, compileRules(overrides, undefined)))
}

/** What is learnt of one path. */
const typeOf = (seen: Profile, base: Readonly<Record<string, TypeJson>> = {}) =>
  learnt(base, profile({ a: seen })).map(({ type }) => type)

test('an override of a type is what is learnt, whatever was learnt before', () => {
  const base = {
    a: 'json',
    b: 'string',
    c: { struct: columns({ x: 'json', y: 'bool' }) },
    d: { list: 'json' },
  } as const
  const overrides = { a: 'string', b: 'int64', 'c.x': 'double', 'd[]': 'string' } as const
  const wanted = [
    ...columns({
      a: 'string',
      b: 'int64_wide',
      c: { struct: columns({ x: 'double', y: 'bool' }) },
      d: { list: 'string' },
    }),
  ]
  const day = profile({ a: { ints: 1, bools: 1 }, b: { ints: 1 }, d: { lists: 1, elements: { ints: 1 } } })
  expect(learnt(base, day, overrides)).toEqual(wanted)
  expect(learnt(base, profile({}), overrides)).toEqual(wanted)
})

describe('a kind', () => {
  test.each([100, 700, 1000, 2900, 12_300, 5_700_000])(
    'of exactly 1 %% of %i values is learnt, of one less it is not',
    (all) => {
      const least = all / 100
      expect(typeOf({ ints: all - least, strings: least })).toEqual(['json'])
      if (least > 1) expect(typeOf({ ints: all - least + 1, strings: least - 1 })).toEqual(['int64'])
      expect(typeOf({ ints: all - least + 1, strings: least })).toEqual(['int64'])
    },
  )

  test.each<[string, Profile, TypeJson]>([
    ['bools', { bools: 1 }, 'json'],
    ['doubles', { doubles: 1 }, 'double'],
    ['wide_ints', { wide_ints: 1 }, 'int64_wide'],
    ['huge', { huge: 1 }, 'json'],
    ['objects', profile({ x: { ints: 1 } }), 'json'],
    ['lists', { lists: 1, elements: { ints: 1 } }, 'json'],
  ])('%s: one of 101 values teaches nothing, one of 100 does', (_, one, type) => {
    expect(typeOf({ ...one, ints: 100 })).toEqual(['int64'])
    expect(typeOf({ ...one, ints: 99 })).toEqual([type])
  })

  test('is a share of the values, nulls left out', () => {
    expect(typeOf({ nulls: 1_000_000, ints: 99, strings: 1 })).toEqual(['json'])
    expect(typeOf({ nulls: 1_000_000, strings: 1 })).toEqual(['string'])
  })

  test('three kinds: json only from those with 1 % each', () => {
    expect(typeOf({ ints: 500, strings: 500, bools: 1 })).toEqual(['json'])
    expect(typeOf({ ints: 998, strings: 1, bools: 1 })).toEqual(['int64'])
  })

  test('in a list is a share of the elements', () => {
    expect(typeOf({ lists: 1, elements: { ints: 100, strings: 1 } })).toEqual([{ list: 'int64' }])
    expect(typeOf({ lists: 1, elements: { ints: 99, strings: 1 } })).toEqual([{ list: 'json' }])
  })

  test('in a map is a share of all its values', () => {
    const values = (ints: number): Profile => ({ objects: 1, keys_are_data: true, values: { ints, strings: 1 } })
    expect(typeOf(values(100))).toEqual([{ map: 'int64' }])
    expect(typeOf(values(99))).toEqual([{ map: 'json' }])
  })
})

describe('what is learnt', () => {
  test('only widens the base, and comes after it', () => {
    const day = profile({ new: { bools: 1 }, a: { doubles: 1 } })
    expect(learnt({ z: 'string', a: 'int64', j: 'json' }, day)).toEqual(
      columns({ z: 'string', a: 'double', j: 'json', new: 'bool' }),
    )
    expect(typeOf({ ints: 1 }, { a: 'json' })).toEqual(['json'])
    expect(typeOf({ ints: 1 }, { a: 'double' })).toEqual(['double'])
    expect(typeOf({ doubles: 1 }, { a: 'int64_wide' })).toEqual(['json'])
  })

  test('is nothing where there were only null, {} and []', () => {
    const day = profile({ n: { nulls: 1 }, o: { objects: 1, empty_objects: 1 }, l: { lists: 1, empty_lists: 1 } })
    expect(learnt({}, day)).toEqual([])
    expect(learnt({ n: 'bool' }, day)).toEqual(columns({ n: 'bool' }))
  })

  test('leaves out what is dropped, at every depth', () => {
    const day = profile({ a: { ints: 1 }, m: profile({ x: { ints: 1 }, y: { ints: 1 } }) })
    expect(learnt({}, day, { a: 'drop', 'm.x': 'drop' })).toEqual(columns({ m: { struct: columns({ y: 'int64' }) } }))
  })

  test('follows json, timestamp, map, struct and rename', () => {
    const day = profile({
      j: { ints: 1 },
      t: { strings: 1 },
      m: profile({ x: { ints: 1 } }),
      r: { ints: 1 },
    })
    const overrides = { j: 'json', t: 'timestamp', m: 'map', r: { rename: 'renamed' } } as const
    expect(learnt({}, day, overrides)).toEqual([
      ...columns({ j: 'json', t: 'timestamp', m: { map: 'int64' } }),
      { name: 'renamed', key: 'r', type: 'int64' },
    ])
    const keys: Profile = { objects: 65, fields: Array.from({ length: 65 }, (_, i) => [`k${i}`, { ints: 1 }]) }
    expect(learnt({}, profile({ m: keys }))).toEqual(columns({ m: { map: 'int64' } }))
    expect(learnt({}, profile({ m: keys }), { m: 'struct' })[0]!.type).toHaveProperty('struct.length', 65)
  })
})

describe('what a day does not have', () => {
  const wide = (prefix: string, keys: number): TypeJson => ({
    struct: Array.from({ length: keys }, (_, i) => ({ name: `${prefix}${i}`, type: 'int64' as const })),
  })

  test('stays learnt, up to 2,500 columns; of the objects with the most of them it is forgotten', () => {
    const base = { junk: wide('k', 2_000), error: wide('e', 498), ts: 'string' } as const
    const day = profile({ ts: { strings: 1 } })
    expect(learnt({ ...base }, day).map(({ name }) => name)).toEqual(['junk', 'error', 'ts'])
    expect(learnt({ ...base, more: 'int64' }, day).map(({ name }) => name)).toEqual(['error', 'ts', 'more'])
    const inside = {
      junk: wide('k', 2_499),
      a: {
        struct: [
          { name: 'old', type: 'string' },
          { name: 'b', type: 'int64' },
        ],
      },
    }
    const seen = profile({ ts: { strings: 1 }, junk: profile({ k0: { ints: 1 } }), a: profile({ b: { ints: 1 } }) })
    expect(learnt({ ...inside, error: wide('e', 5), ts: 'string' } as never, seen)).toEqual([
      { name: 'junk', type: { struct: [{ name: 'k0', type: 'int64' }] } },
      { name: 'a', type: inside.a },
      { name: 'error', type: wide('e', 5) },
      { name: 'ts', type: 'string' },
    ])
  })

  test('of what was JSON text for the sake of the number of columns nothing is learnt, and nothing is forgotten', () => {
    const base = { a: wide('k', 3_000), ts: 'string' } as const
    const day = profile({ a: { objects: 5, folded: true }, b: { objects: 1, folded: true }, ts: { strings: 5 } })
    expect(learnt({ ...base }, day)).toEqual(columns({ ...base }))
  })
})
