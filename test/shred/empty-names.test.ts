import { expect, test } from 'vitest'
import { nameEmpty, renamedColumns } from '../../lib/shred/empty-names.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'

const int: Type = { kind: 'int64', exact: true }
const named = (...keys: string[]): Schema => keys.map((key) => ({ key, name: key, type: int }))
const names = (schema: Schema) => schema.map(({ name }) => name)

test('a column without a name is called _empty, at any depth', () => {
  const inside: Type = { kind: 'struct', fields: named('', 'a') }
  const type: Type = { kind: 'map', value: { kind: 'list', element: inside } }
  const [schema] = nameEmpty([{ key: '', name: '', type }])
  expect(schema).toEqual({
    key: '',
    name: '_empty',
    type: {
      kind: 'map',
      value: {
        kind: 'list',
        element: {
          kind: 'struct',
          fields: [
            { key: '', name: '_empty', type: int },
            { key: 'a', name: 'a', type: int },
          ],
        },
      },
    },
  })
})

test.each([
  [named('_empty', ''), ['_empty', '_empty_']],
  [named('', '_EMPTY', '_empty_'), ['_empty__', '_EMPTY', '_empty_']],
  [
    [...named(''), { key: 'b', name: '_empty', type: int }],
    ['_empty_', '_empty'],
  ],
  [[{ key: '', name: 'own', type: int }], ['own']],
])('no other column has the name: %j', (schema, wanted) => {
  expect(names(nameEmpty(schema))).toEqual(wanted)
})

test('columns with names stay as they are', () => {
  const schema = [...named(' ', '_empty'), { key: 'x', name: 'y', type: { kind: 'list', element: int } as const }]
  expect(nameEmpty(schema)).toEqual(schema)
})

test('lists where such columns are, and what they are called', () => {
  const inside: Type = { kind: 'struct', fields: named('', '_empty') }
  const schema = nameEmpty([
    { key: '', name: '', type: { kind: 'list', element: inside } },
    { key: 'm', name: 'm', type: { kind: 'map', value: inside } },
    { key: 'x', name: 'y', type: int },
  ])
  expect(renamedColumns(schema)).toEqual([
    { path: '\\e', name: '_empty' },
    { path: '\\e[].\\e', name: '_empty_' },
    { path: 'm.*.\\e', name: '_empty_' },
  ])
})
