import { describe, expect, test } from 'vitest'
import { leavesOf } from '../../lib/parquet/schema.ts'
import { parsePath } from '../../lib/path-pattern.ts'
import { learnSchema } from '../../lib/shred/learn.ts'
import { deepestLevel, levelsAt, MAX_LEVELS } from '../../lib/shred/levels.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { fileSchema, resolveSchema } from '../../lib/shred/resolve.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'

const rules = compileRules({}, undefined)

/** So many containers, one in the other, with an integer inside. */
function nested(kinds: readonly ('list' | 'struct' | 'map')[]): Profile {
  return kinds.toReversed().reduce<Profile>(
    (inside, kind) => {
      if (kind === 'list') return { lists: 1, elements: inside }
      if (kind === 'map') return { objects: 1, keys_are_data: true, values: inside }
      return { objects: 1, fields: [['a', inside]] }
    },
    { ints: 1 },
  )
}

const schemaOf = (inside: Profile, base: Schema = []) => fileSchema(base, { fields: [['top', inside]] }, rules)
const deepestLeaf = (schema: Schema) => Math.max(...leavesOf(schema).map(({ path }) => path.length))
const isJson = (schema: Schema) => leavesOf(schema).some(({ kind }) => kind === 'json')

test('the levels of a path are those of its column in a file', () => {
  expect(levelsAt(parsePath('a.b[].*'))).toBe(6)
  const schema = schemaOf(nested(['struct', 'list', 'map']))
  expect(deepestLeaf(schema)).toBe(6)
  expect(deepestLevel(schema)).toBe(6)
})

describe.each(['list', 'struct', 'map'] as const)('%s in %s', (kind) => {
  test.each([10, 46, 47, 48, 60, 99])('%i deep: no column is on a level beyond 96', (depth) => {
    const schema = schemaOf(nested(Array(depth).fill(kind)))
    const levels = 1 + depth * (kind === 'struct' ? 1 : 2)
    expect(deepestLeaf(schema)).toBeLessThanOrEqual(MAX_LEVELS)
    expect(isJson(schema)).toBe(levels > (kind === 'struct' ? MAX_LEVELS - 1 : MAX_LEVELS))
    // What is learnt of it is the same, and stays.
    const learnt = learnSchema([], { fields: [['top', nested(Array(depth).fill(kind))]] }, rules)
    expect(learnt).toEqual(schema)
    expect(schemaOf(nested(Array(depth).fill(kind)), learnt)).toEqual(schema)
  })
})

test('a schema learnt before there was this limit is cut', () => {
  const deep = Array.from({ length: 60 }).reduce<Type>((element) => ({ kind: 'list', element }), { kind: 'string' })
  const base: Schema = [{ key: 'top', name: 'top', type: deep }]
  expect(deepestLevel(base)).toBe(121)
  expect(deepestLevel(resolveSchema(base, {}, rules))).toBeLessThanOrEqual(MAX_LEVELS)
})
