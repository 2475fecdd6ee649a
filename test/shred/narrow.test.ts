import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { countPaths } from '../../lib/shred/levels.ts'
import { narrowProfile } from '../../lib/shred/narrow.ts'
import { foldedPaths, mergeProfiles, type Profile } from '../../lib/shred/profile.ts'
import { fileSchema } from '../../lib/shred/resolve.ts'
import { compileRules } from '../../lib/shred/rules.ts'

const row = (fields: Readonly<Record<string, Profile>>): Profile => ({ fields: Object.entries(fields) })
const ints = (count = 1): Profile => ({ ints: count })
/** An object with so many keys that `count` rows have. */
const wide = (keys: number, count = 1): Profile => ({
  objects: count,
  fields: Array.from({ length: keys }, (_, i) => [`k${i}`, ints(count)]),
})

interface Options {
  readonly maxPaths?: number
  readonly rows?: number
  readonly overrides?: Readonly<Record<string, Override>>
}

function narrow(profile: Profile, { maxPaths = 20_000, rows = 1, overrides = {} }: Options = {}) {
  const rules = compileRules(overrides, undefined)
  const few = narrowProfile([], profile, rules, { maxPaths, rows })
  return { few, folded: foldedPaths(few), schema: fileSchema([], few, rules) }
}

describe('maxPaths', () => {
  test('just so many are left as they are', () => {
    const seen = row({ a: wide(9), b: ints() })
    expect(narrow(seen, { maxPaths: 11 }).few).toBe(seen)
    expect(narrow(seen, { maxPaths: 10 }).folded).toEqual(['a'])
  })

  test('the object with the most columns for the fewest rows is JSON text, and no other', () => {
    const { folded, schema } = narrow(row({ much: wide(9, 100), few: wide(8, 10), one: wide(7, 1) }), { maxPaths: 22 })
    expect(folded).toEqual(['one'])
    expect(schema.map(({ name, type }) => [name, type.kind])).toEqual([
      ['much', 'struct'],
      ['few', 'struct'],
      ['one', 'json'],
    ])
  })

  test('an inner object goes before the outer one, and what is in a list or a map can go', () => {
    const inner = { objects: 100, fields: [['in', wide(20)]] } satisfies Profile
    expect(narrow(row({ a: inner, b: ints() }), { maxPaths: 10 }).folded).toEqual(['a.in'])
    expect(narrow(row({ a: { lists: 100, elements: wide(20) } }), { maxPaths: 10 }).folded).toEqual(['a[]'])
    const map = { objects: 100, keys_are_data: true, values: wide(20) } satisfies Profile
    expect(narrow(row({ a: map }), { maxPaths: 10 }).folded).toEqual(['a.*'])
    // A map for the day alone: each of its hours had few keys.
    const fields = Array.from({ length: 100 }, (_, i): [string, Profile] => [`x${i}`, wide(20)])
    expect(narrow(row({ a: { objects: 100, fields } }), { maxPaths: 10 }).folded).toEqual(['a.*'])
  })

  test('equal ones: by their paths, whatever the order in which they were seen', () => {
    const hours = ['d', 'b', 'c', 'a'].map((key) => row({ [key]: wide(10) }))
    const foldedOf = (order: readonly Profile[]) => narrow(order.reduce(mergeProfiles, {}), { maxPaths: 25 }).folded
    expect(foldedOf(hours).sort()).toEqual(['a', 'b'])
    expect(foldedOf(hours.toReversed()).sort()).toEqual(['a', 'b'])
  })

  test('what an override decides for is not folded, nor what holds it', () => {
    const seen = row({ user: wide(9), other: wide(5) })
    const { folded } = narrow(seen, { maxPaths: 12, overrides: { 'user.k3': 'drop' } })
    expect(folded).toEqual(['other'])
    expect(narrow(seen, { maxPaths: 12 }).folded).toEqual(['user'])
  })

  test('keys of the row are left out by the fewest rows, and none as long as folding does', () => {
    const keys = Array.from({ length: 40 }, (_, i): [string, Profile] => [`junk${i}`, ints()])
    const seen: Profile = {
      fields: [...keys, ['ts', ints(1000)], ['req', { objects: 1000, fields: [['ms', ints(1000)]] }]],
    }
    const { few, schema } = narrow(seen, { maxPaths: 20 })
    expect(few.narrowed).toBe(true)
    expect(countPaths(schema)).toBe(20)
    expect(schema.slice(-2).map(({ name, type }) => [name, type.kind])).toEqual([
      ['ts', 'int64'],
      ['req', 'struct'],
    ])
    expect(narrow(seen, { maxPaths: 42 }).few).toEqual({
      fields: [...keys, ['ts', ints(1000)], ['req', { objects: 1000, folded: true }]],
    })
  })

  test('so are keys of an object that an override keeps a struct', () => {
    const { few, schema, folded } = narrow(row({ user: wide(30), x: ints(5) }), {
      maxPaths: 20,
      overrides: { user: 'struct' },
    })
    expect([few.narrowed, folded, countPaths(schema)]).toEqual([true, [], 20])
  })

  test('in strict mode nothing is', () => {
    const rules = compileRules({}, [{ key: 'a', name: 'a', type: { kind: 'string' } }])
    const seen = row({ a: wide(30) })
    expect(narrowProfile([], seen, rules, { maxPaths: 5, rows: 1 })).toBe(seen)
  })
})

describe('rare objects', () => {
  test('may have 1,000 columns together', () => {
    const seen = row({ a: wide(600), b: wide(700), x: ints(2000) })
    expect(narrow(seen, { rows: 1000 }).few).toBe(seen)
    expect(narrow(seen, { rows: 1001 }).folded).toEqual(['b'])
  })

  test('one that a thousandth of the rows have is not rare', () => {
    const seen = row({ a: wide(1500, 2), x: ints(2000) })
    expect(narrow(seen, { rows: 2000 }).few).toBe(seen)
    expect(narrow(seen, { rows: 2001 }).folded).toEqual(['a'])
  })
})
