import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Field,
  joinTypes,
  pruneSchema,
  pruneType,
  type Schema,
  sameSchema,
  type Type,
} from '../../lib/shred/type.ts'

const fieldOf = (key: string, type: Type): Field => ({ key, name: key, type })

const int64 = (exact: boolean): Type => ({ kind: 'int64', exact })
const DOUBLE: Type = { kind: 'double' }
const STRING: Type = { kind: 'string' }
const TIMESTAMP: Type = { kind: 'timestamp' }
const JSON_TEXT: Type = { kind: 'json' }
const NOTHING: Type = { kind: 'null' }
const struct = (fields: Readonly<Record<string, Type>>): Type => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([key, type]) => fieldOf(key, type)),
})
const list = (element: Type): Type => ({ kind: 'list', element })
const map = (value: Type): Type => ({ kind: 'map', value })

const { type: types } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<Type>(NOTHING, { kind: 'bool' }, int64(true), int64(false), DOUBLE, STRING, TIMESTAMP, JSON_TEXT),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('type'), { noNullPrototype: true }).map(struct),
    tie('type').map(list),
    tie('type').map(map),
  ),
}))

/** Fields by key: their order is that of appearance, and no part of what a type is. */
function unordered(type: Type): Type {
  if (type.kind === 'list') return list(unordered(type.element))
  if (type.kind === 'map') return map(unordered(type.value))
  if (type.kind !== 'struct') return type
  const fields = type.fields.map((field) => ({ ...field, type: unordered(field.type) }))
  return { kind: 'struct', fields: fields.sort((a, b) => (a.key < b.key ? -1 : 1)) }
}

const runs = { numRuns: 500 }

describe('joinTypes', () => {
  test('is commutative', () => {
    const property = fc.property(types, types, (a, b) => {
      expect(unordered(joinTypes(a, b))).toEqual(unordered(joinTypes(b, a)))
    })
    fc.assert(property, runs)
  })

  test('is associative', () => {
    const property = fc.property(types, types, types, (a, b, c) => {
      expect(unordered(joinTypes(joinTypes(a, b), c))).toEqual(unordered(joinTypes(a, joinTypes(b, c))))
    })
    fc.assert(property, runs)
  })

  test('is idempotent, and joined once more changes nothing', () => {
    const property = fc.property(types, types, (a, b) => {
      const joined = joinTypes(a, b)
      expect(joinTypes(a, a)).toEqual(a)
      expect(joinTypes(joined, b)).toEqual(joined)
      expect(joinTypes(joined, a)).toEqual(joined)
    })
    fc.assert(property, runs)
  })

  test.each<[string, Type, Type, Type]>([
    ['exact integers and doubles are double', int64(true), DOUBLE, DOUBLE],
    ['wide integers and doubles are json', int64(false), DOUBLE, JSON_TEXT],
    ['one wide integer makes integers wide', int64(true), int64(false), int64(false)],
    ['timestamps and strings are string', TIMESTAMP, STRING, STRING],
    ['numbers and strings are json', int64(true), STRING, JSON_TEXT],
    ['objects and lists are json', struct({}), list(NOTHING), JSON_TEXT],
    ['a list of nothing takes any element', list(NOTHING), list(DOUBLE), list(DOUBLE)],
    ['a struct in a map is its values', struct({ a: int64(true), b: DOUBLE }), map(NOTHING), map(DOUBLE)],
    ['a struct in a map clashes inside', struct({ a: STRING }), map(DOUBLE), map(JSON_TEXT)],
    ['structs join field by field', struct({ a: DOUBLE }), struct({ a: STRING }), struct({ a: JSON_TEXT })],
  ])('%s', (_, a, b, joined) => {
    expect(joinTypes(a, b)).toEqual(joined)
    expect(joinTypes(b, a)).toEqual(joined)
  })

  test('the fields of the first come first', () => {
    const joined = joinTypes(struct({ c: STRING, a: DOUBLE }), struct({ b: STRING, a: DOUBLE }))
    expect(joined).toEqual(struct({ c: STRING, a: DOUBLE, b: STRING }))
  })
})

describe('pruneType', () => {
  function holdsNothing(type: Type): boolean {
    if (type.kind === 'struct') return type.fields.length === 0 || type.fields.some((field) => holdsNothing(field.type))
    if (type.kind === 'list') return holdsNothing(type.element)
    return type.kind === 'map' ? holdsNothing(type.value) : type.kind === 'null'
  }

  test('leaves nothing that has no column', () => {
    const property = fc.property(types, (type) => {
      const pruned = pruneType(type)
      if (pruned.kind !== 'null') expect(holdsNothing(pruned)).toBe(false)
      if (!holdsNothing(type)) expect(pruned).toEqual(type)
    })
    fc.assert(property, runs)
  })

  test('takes away from the inside out, and keeps the rest', () => {
    expect(pruneType(list(map(struct({ a: list(NOTHING), b: struct({}) }))))).toEqual(NOTHING)
    expect(pruneType(struct({ a: NOTHING, b: list(struct({ c: map(NOTHING), d: STRING })) }))).toEqual(
      struct({ b: list(struct({ d: STRING })) }),
    )
    expect(pruneSchema([fieldOf('a', list(NOTHING)), fieldOf('b', STRING)])).toEqual([fieldOf('b', STRING)])
  })
})

describe('sameSchema', () => {
  const schema: Schema = [fieldOf('a', list(struct({ b: int64(true) }))), fieldOf('c', map(int64(true)))]

  test('takes no notice of whether integers are exact, however deep', () => {
    expect(sameSchema(schema, [fieldOf('a', list(struct({ b: int64(false) }))), fieldOf('c', map(int64(false)))])).toBe(
      true,
    )
  })

  test.each<[string, Schema]>([
    ['another order', [schema[1]!, schema[0]!]],
    ['a column less', [schema[0]!]],
    ['a column more', [...schema, fieldOf('d', STRING)]],
    ['another name', [schema[0]!, { ...schema[1]!, name: 'd' }]],
    ['another key', [schema[0]!, { ...schema[1]!, key: 'd' }]],
    ['another type in a map', [schema[0]!, fieldOf('c', map(DOUBLE))]],
    ['another type in a struct in a list', [fieldOf('a', list(struct({ b: DOUBLE }))), schema[1]!]],
  ])('%s is another schema', (_, other) => {
    expect(sameSchema(schema, other)).toBe(false)
    expect(sameSchema(other, schema)).toBe(false)
  })
})
