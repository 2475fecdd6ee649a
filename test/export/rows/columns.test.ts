import { describe, expect, test } from 'vitest'
import { schemaToJson } from '../../../lib/shred/schema-json.ts'
import { thrownBy } from '../../thrown.ts'
import { open, rowsOfSource } from './read-source.ts'
import { schemaOf, writeDay } from './written-days.ts'

const SCHEMA = schemaOf(
  { name: 'id', type: 'int64' },
  { name: 'a.b', type: 'string' },
  { name: '__proto__', type: 'bool' },
  {
    name: 's',
    type: {
      struct: [
        { name: 'x', type: 'double' },
        { name: 'y', type: { struct: [{ name: 'z', type: 'string' }] } },
      ],
    },
  },
  {
    name: 'list',
    type: {
      list: {
        struct: [
          { name: 'p', type: 'int64' },
          { name: 'q', type: 'string' },
        ],
      },
    },
  },
  {
    name: 'm',
    type: {
      map: {
        struct: [
          { name: 'b', type: 'int64' },
          { name: 'c', type: 'string' },
        ],
      },
    },
  },
)
const ROWS = [
  {
    id: 1n,
    'a.b': 'dot',
    ['__proto__']: true,
    s: { x: 0.5, y: { z: 'deep' } },
    list: [{ p: 1n, q: 'one' }, null, { p: null, q: 'three' }],
    m: new Map([
      ['k', { b: 5n, c: 'five' }],
      ['n', null],
    ]),
  },
  { id: 2n, 'a.b': null, ['__proto__']: null, s: { x: null, y: null }, list: [], m: new Map() },
  { id: 3n, 'a.b': '', ['__proto__']: false, s: null, list: null, m: null },
]

const day = () => writeDay('2025-03-14', SCHEMA, [ROWS])
const columnsOf = async (selection: object) => schemaToJson((await open([await day()], selection)).schema)
const rowsOf = async (selection: object) => rowsOfSource(await open([await day()], selection))
const refused = async (selection: object) => thrownBy(async () => open([await day()], selection))

describe('columns', () => {
  test('are all, in the order of the dataset, unless some are chosen', async () => {
    expect(await columnsOf({})).toEqual(schemaToJson(SCHEMA))
    expect(await rowsOf({})).toEqual(ROWS)
  })

  test('come in the order in which they are asked for, each once', async () => {
    expect((await columnsOf({ columns: ['m', 'id', 's.y', 'a\\.b', 's.x', 'id'] })).map(({ name }) => name)).toEqual([
      'm',
      'id',
      's',
      'a.b',
    ])
    expect(await rowsOf({ columns: ['a\\.b', 'id'] })).toEqual(ROWS.map((row) => ({ 'a.b': row['a.b'], id: row.id })))
  })

  test('inside structs, lists and maps bring these along', async () => {
    expect(await rowsOf({ columns: ['s.y.z', 'list[].q', 'm.*.b'] })).toEqual([
      {
        s: { y: { z: 'deep' } },
        list: [{ q: 'one' }, null, { q: 'three' }],
        m: new Map([
          ['k', { b: 5n }],
          ['n', null],
        ]),
      },
      { s: { y: null }, list: [], m: new Map() },
      { s: null, list: null, m: null },
    ])
  })

  test('are all fields of a struct with *', async () => {
    expect(await columnsOf({ columns: ['s.*'], exclude: ['s.y'] })).toEqual([
      { name: 's', type: { struct: [{ name: 'x', type: 'double' }] } },
    ])
  })

  test('that are excluded go, with what they leave empty', async () => {
    const exclude = ['s.y.z', 'list[].p', 'list[].q', 'm.*.c', '__proto__', 'a\\.b']
    expect(await columnsOf({ exclude })).toEqual([
      { name: 'id', type: 'int64' },
      { name: 's', type: { struct: [{ name: 'x', type: 'double' }] } },
      { name: 'm', type: { map: { struct: [{ name: 'b', type: 'int64' }] } } },
    ])
  })

  test('can be called otherwise, wherever they are', async () => {
    const rename = {
      id: '__proto__',
      'a\\.b': 'id',
      's.y.z': 'Z',
      'list[].q': 'p "q"',
      'm.*.b': 'c',
      '\\e__proto__': 'proto',
    }
    const exclude = ['m.*.c', 's.x', 'list[].p']
    const [first] = await rowsOf({ rename, exclude })
    const wanted = {
      ['__proto__']: 1n,
      id: 'dot',
      proto: true,
      s: { y: { Z: 'deep' } },
      list: [{ 'p "q"': 'one' }, null, { 'p "q"': 'three' }],
      m: new Map([
        ['k', { c: 5n }],
        ['n', null],
      ]),
    }
    expect(first).toEqual(wanted)
    expect(Object.keys(first as object)).toEqual(Object.keys(wanted))
  })

  test('may stay away although a condition needs them', async () => {
    expect(await rowsOf({ columns: ['id'], where: { 'a\\.b': 'dot' } })).toEqual([{ id: 1n }])
  })

  test.each([
    [{ columns: ['ids'] }, 'columns: there is no column ids', 'did you mean id?'],
    [{ columns: ['a.b'] }, 'there is no column a.b', 'did you mean a\\.b?'],
    [{ exclude: ['s.xx'] }, 'exclude: there is no column s.xx', 'did you mean s.x?'],
    [{ rename: { 'list.q': 'x' } }, 'rename: there is no column list.q', 'did you mean list[].q?'],
    [{ where: { 'm.b': 1 } }, 'where: there is no column m.b', 'did you mean m.*.b?'],
    [{ columns: ['list[0]'] }, 'cannot be read at character', 'for the elements of a list'],
    [{ rename: { 'list[]': 'x' } }, 'only what has a name can be renamed', 'list[]'],
    [{ rename: { id: 's' } }, 'two columns of the export would be called "s"', 'id'],
    [{ rename: { 's.x': 'y' } }, 'two columns of "s" would be called "y"', '"x" and "y"'],
    [{ rename: { 's.*': 'y' } }, 'only what has a name can be renamed', 's.*'],
    [{ columns: ['id'], exclude: ['id'] }, 'no column is left', '1 excluded'],
    [{ where: { 's.*': 1 } }, 'where: s.* names 2 columns', 'the path of one column'],
  ])('%o is wrong usage', async (selection, ...parts) => {
    const error = await refused(selection)
    expect(error.code).toBe('usage')
    for (const part of parts) expect(error.message).toContain(part)
  })
})
