import { describe, expect, test } from 'vitest'
import { forgetPaths } from '../../lib/catalog/reset-schema.ts'
import type { FieldJson } from '../../lib/shred/schema-json.ts'

const SCHEMA: readonly FieldJson[] = [
  { name: 'id', type: 'int64' },
  { name: 'when', key: 'ts', type: 'timestamp' },
  {
    name: 'meta',
    type: {
      struct: [
        { name: 'a', type: 'string' },
        { name: 'b', type: { struct: [{ name: 'a', type: 'double' }] } },
      ],
    },
  },
  {
    name: 'spans',
    type: {
      list: {
        struct: [
          { name: 'ms', type: 'double' },
          { name: 'name', type: 'string' },
        ],
      },
    },
  },
  { name: 'counts', type: { map: 'int64' } },
  { name: 'a.b', type: 'json' },
]

describe('forgetPaths', () => {
  test('removes a column, and leaves the rest in order', () => {
    const { schema, removed } = forgetPaths(SCHEMA, ['meta'])
    expect(removed).toEqual(['meta'])
    expect(schema).toEqual(SCHEMA.filter((field) => field.name !== 'meta'))
  })

  test('removes a field of a struct, of a list of structs, and any field of a name', () => {
    expect(forgetPaths(SCHEMA, ['meta.a']).schema[2]).toEqual({
      name: 'meta',
      type: { struct: [{ name: 'b', type: { struct: [{ name: 'a', type: 'double' }] } }] },
    })
    expect(forgetPaths(SCHEMA, ['spans[].ms']).schema[3]).toEqual({
      name: 'spans',
      type: { list: { struct: [{ name: 'name', type: 'string' }] } },
    })
    expect(forgetPaths(SCHEMA, ['meta.*']).removed).toEqual(['meta.a', 'meta.b'])
  })

  test('goes by the key of the data, not by the name of the column', () => {
    expect(forgetPaths(SCHEMA, ['ts']).schema.map(({ name }) => name)).not.toContain('when')
    expect(() => forgetPaths(SCHEMA, ['when'])).toThrow('schema.json has learnt nothing of when')
    expect(forgetPaths(SCHEMA, ['a\\.b']).removed).toEqual(['a\\.b'])
  })

  test('takes along what is left empty', () => {
    expect(forgetPaths(SCHEMA, ['meta.b.a']).schema[2]).toEqual({
      name: 'meta',
      type: { struct: [{ name: 'a', type: 'string' }] },
    })
    expect(forgetPaths(SCHEMA, ['spans[]']).schema.map(({ name }) => name)).not.toContain('spans')
    expect(forgetPaths(SCHEMA, ['counts.*']).schema.map(({ name }) => name)).not.toContain('counts')
  })

  test('refuses a path that is not there, however many others are', () => {
    expect(() => forgetPaths(SCHEMA, ['id', 'spans.ms'])).toThrow(
      'schema.json has learnt nothing of spans.ms; seen: id, ts, meta, spans, counts …; wanted: a path that it knows',
    )
    expect(() => forgetPaths([], ['id'])).toThrow('seen: no path at all')
    expect(() => forgetPaths(SCHEMA, ['meta['])).toThrow('cannot be read')
  })
})
