import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COUNTERS, mergeProfiles, type Profile, profileSchema, valuesOf } from '../../lib/shred/profile.ts'

const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })

function countsOf(counts: readonly number[]): Profile {
  return Object.fromEntries(COUNTERS.map((counter, i) => [counter, counts[i]!] as const).filter(([, seen]) => seen > 0))
}

const { profile: profiles } = fc.letrec<{ profile: Profile }>((tie) => {
  const counts = fc.array(fc.oneof(fc.constant(0), fc.nat(9)), { minLength: 11, maxLength: 11 }).map(countsOf)
  const inside = fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.constant<Profile>({}),
    keys
      .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), tie('profile')))))
      .map((fields): Profile => ({ fields })),
    tie('profile').map((values): Profile => ({ keys_are_data: true, values })),
    fc.constant<Profile>({ keys_are_data: true }),
    tie('profile').map((elements): Profile => ({ elements })),
  )
  return { profile: fc.tuple(counts, inside).map(([counted, more]) => ({ ...counted, ...more })) }
})

/** Fields by key: only their order depends on what came first. */
function unordered(profile: Profile): Profile {
  const { fields, values, elements, ...rest } = profile
  const sorted = fields?.map(([key, value]): [string, Profile] => [key, unordered(value)])
  return {
    ...rest,
    ...(sorted && { fields: sorted.sort(([a], [b]) => (a < b ? -1 : 1)) }),
    ...(values && { values: unordered(values) }),
    ...(elements && { elements: unordered(elements) }),
  }
}

const fieldsOf = (names: readonly string[]): Profile => ({
  objects: 1,
  fields: names.map((name): [string, Profile] => [name, { ints: 1 }]),
})

const runs = { numRuns: 300 }

describe('mergeProfiles', () => {
  test('is commutative but for the order of fields', () => {
    const property = fc.property(profiles, profiles, (a, b) => {
      expect(unordered(mergeProfiles(a, b))).toEqual(unordered(mergeProfiles(b, a)))
    })
    fc.assert(property, runs)
  })

  test('is associative', () => {
    const property = fc.property(profiles, profiles, profiles, (a, b, c) => {
      expect(mergeProfiles(mergeProfiles(a, b), c)).toEqual(mergeProfiles(a, mergeProfiles(b, c)))
    })
    fc.assert(property, runs)
  })

  test('has nothing as its neutral element, and gives what a ledger can hold', () => {
    const property = fc.property(profiles, profiles, (a, b) => {
      expect(mergeProfiles(a, {})).toEqual(a)
      expect(mergeProfiles({}, a)).toEqual(a)
      const merged = mergeProfiles(a, b)
      expect(profileSchema.parse(JSON.parse(JSON.stringify(merged)))).toEqual(merged)
    })
    fc.assert(property, runs)
  })

  test('adds every counter', () => {
    const a = countsOf(COUNTERS.map((_, i) => i + 1))
    const b = countsOf(COUNTERS.map((_, i) => 100 * (i + 1)))
    expect(mergeProfiles(a, b)).toEqual(countsOf(COUNTERS.map((_, i) => 101 * (i + 1))))
  })

  test('keeps the fields of the first in front', () => {
    const merged = mergeProfiles(fieldsOf(['10', 'z', '__proto__']), fieldsOf(['a', 'z', '2']))
    expect(merged.fields).toEqual([
      ['10', { ints: 1 }],
      ['z', { ints: 2 }],
      ['__proto__', { ints: 1 }],
      ['a', { ints: 1 }],
      ['2', { ints: 1 }],
    ])
  })

  test('fields become values where the other has keys that are data', () => {
    const data: Profile = { objects: 3, keys_are_data: true, values: { ints: 2, nulls: 1 } }
    const wanted: Profile = { objects: 4, keys_are_data: true, values: { ints: 4, nulls: 1 } }
    expect(mergeProfiles(data, fieldsOf(['b', 'a']))).toEqual(wanted)
    expect(mergeProfiles(fieldsOf(['b', 'a']), data)).toEqual(wanted)
  })

  test('leaves its arguments as they are', () => {
    const property = fc.property(profiles, profiles, (a, b) => {
      const before = structuredClone([a, b])
      mergeProfiles(a, b)
      expect([a, b]).toEqual(before)
    })
    fc.assert(property, { numRuns: 100 })
  })
})

test('valuesOf joins what all keys held', () => {
  expect(valuesOf({})).toBeUndefined()
  expect(valuesOf({ keys_are_data: true, values: { ints: 3 } })).toEqual({ ints: 3 })
  expect(
    valuesOf({
      fields: [
        ['a', { ints: 1, nulls: 1 }],
        ['b', { ints: 2, strings: 1 }],
      ],
    }),
  ).toEqual({ nulls: 1, ints: 3, strings: 1 })
})
