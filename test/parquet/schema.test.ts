import fc from 'fast-check'
import { parquetSchema, type SchemaTree } from 'hyparquet'
import {
  getMaxDefinitionLevel,
  getMaxRepetitionLevel,
  getSchemaPath,
  isListLike,
  isMapLike,
} from 'hyparquet/src/schema.js'
import { describe, expect, test } from 'vitest'
import { leavesOf, schemaElements } from '../../lib/parquet/schema.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { schemas } from './arbitrary-rows.ts'

const string: Type = { kind: 'string' }
const field = (name: string, type: Type) => ({ key: name, name, type })

const SCHEMA: Schema = [
  field('id', { kind: 'int64', exact: false }),
  field('at', { kind: 'timestamp' }),
  { key: 'old name', name: 'renamed', type: { kind: 'bool' } },
  field('samples', {
    kind: 'list',
    element: {
      kind: 'struct',
      fields: [
        field('x', { kind: 'double' }),
        field('tags', { kind: 'map', value: { kind: 'list', element: string } }),
      ],
    },
  }),
  field('raw', { kind: 'json' }),
]

describe('leavesOf', () => {
  test('gives paths, types and levels in depth-first order', () => {
    expect(
      leavesOf(SCHEMA).map((leaf) => [leaf.path.join('.'), leaf.physical, leaf.maxDefinition, leaf.maxRepetition]),
    ).toEqual([
      ['id', 'INT64', 1, 0],
      ['at', 'INT64', 1, 0],
      ['renamed', 'BOOLEAN', 1, 0],
      ['samples.list.element.x', 'DOUBLE', 4, 1],
      ['samples.list.element.tags.key_value.key', 'BYTE_ARRAY', 5, 2],
      ['samples.list.element.tags.key_value.value.list.element', 'BYTE_ARRAY', 8, 3],
      ['raw', 'BYTE_ARRAY', 1, 0],
    ])
  })

  test('names the ancestors with the levels at which they are there', () => {
    const [, , , x, key] = leavesOf(SCHEMA)
    expect(x?.ancestors.map(({ definition, repetition }) => [definition, repetition])).toEqual([
      [2, 1],
      [3, 1],
    ])
    expect(key?.ancestors.map(({ definition, repetition }) => [definition, repetition])).toEqual([
      [2, 1],
      [3, 1],
      [5, 2],
    ])
  })

  test('tells a list from a struct that has the same path', () => {
    const list = leavesOf([field('f', { kind: 'list', element: string })])[0]!
    const lookalike: Type = {
      kind: 'struct',
      fields: [field('list', { kind: 'struct', fields: [field('element', string)] })],
    }
    const struct = leavesOf([field('f', lookalike)])[0]!
    expect(struct.path).toEqual(list.path)
    expect(struct.maxDefinition).toBe(list.maxDefinition)
    expect(struct.id).not.toBe(list.id)
  })

  test('ids ignore whether an int64 is exact, and nothing else', () => {
    const id = (type: Type, name = 'f') => leavesOf([{ key: 'f', name, type }])[0]!.id
    expect(id({ kind: 'int64', exact: true })).toBe(id({ kind: 'int64', exact: false }))
    const others = [
      id({ kind: 'int64', exact: true }),
      id({ kind: 'timestamp' }),
      id(string),
      id({ kind: 'json' }),
      id(string, 'g'),
    ]
    expect(new Set(others).size).toBe(5)
  })

  test('ids ignore what a column with an empty key is called', () => {
    const id = (key: string, name: string) => leavesOf([{ key, name, type: string }])[0]!.id
    expect(id('', '_empty')).toBe(id('', ''))
    expect(id('_empty', '_empty')).not.toBe(id('', '_empty'))
  })

  test('refuses what Parquet cannot hold', () => {
    expect(() => leavesOf([])).toThrow('the row has no columns')
    expect(() => leavesOf([field('s', { kind: 'struct', fields: [] })])).toThrow('s has no columns')
    expect(() => leavesOf([field('n', { kind: 'null' })])).toThrow('column n has no type')
    const twice = [field('a', string), { key: 'b', name: 'a', type: string }]
    expect(() => leavesOf([field('s', { kind: 'struct', fields: twice })])).toThrow(
      'two columns of s have the name "a"',
    )
  })
})

describe('schemaElements', () => {
  test('writes both annotations where there are two', () => {
    expect(schemaElements(SCHEMA)).toEqual([
      { name: 'schema', num_children: 5 },
      { name: 'id', repetition_type: 'OPTIONAL', type: 'INT64' },
      {
        name: 'at',
        repetition_type: 'OPTIONAL',
        type: 'INT64',
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      },
      { name: 'renamed', repetition_type: 'OPTIONAL', type: 'BOOLEAN' },
      {
        name: 'samples',
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
      { name: 'x', repetition_type: 'OPTIONAL', type: 'DOUBLE' },
      {
        name: 'tags',
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'MAP',
        logical_type: { type: 'MAP' },
      },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      {
        name: 'key',
        repetition_type: 'REQUIRED',
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      },
      {
        name: 'value',
        repetition_type: 'OPTIONAL',
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
      },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      {
        name: 'element',
        repetition_type: 'OPTIONAL',
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      },
      {
        name: 'raw',
        repetition_type: 'OPTIONAL',
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
      },
    ])
  })

  test('agrees with leavesOf, as hyparquet reads it', () => {
    fc.assert(
      fc.property(schemas(3), (schema) => {
        const elements = schemaElements(schema)
        const walk = (tree: SchemaTree): string[][] =>
          tree.children.length === 0 ? [tree.path] : tree.children.flatMap(walk)
        const leaves = leavesOf(schema)
        expect(leaves.map((leaf) => leaf.path)).toEqual(walk(parquetSchema({ schema: elements })))
        for (const leaf of leaves) {
          const path = getSchemaPath(elements, [...leaf.path])
          expect(leaf.maxDefinition).toBe(getMaxDefinitionLevel(path))
          expect(leaf.maxRepetition).toBe(getMaxRepetitionLevel(path))
          expect(leaf.physical).toBe(path.at(-1)?.element.type)
          const repeated = path.filter((node) => isListLike(node) || isMapLike(node))
          expect(repeated.length).toBe(leaf.maxRepetition)
        }
      }),
    )
  })
})
