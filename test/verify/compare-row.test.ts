import { describe, expect, it } from 'vitest'
import type { StructCell } from '../../lib/parquet/read-rows.ts'
import { parsePath } from '../../lib/path-pattern.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { compareRow } from '../../lib/verify/compare-row.ts'
import { equalJson, parseExact } from '../../lib/verify/exact-json.ts'

const int: Type = { kind: 'int64', exact: false }
const field = (name: string, type: Type, key = name) => ({ name, key, type })
const schema: Schema = [
  field('i', int),
  field('d', { kind: 'double' }),
  field('s', { kind: 'string' }, 'key of s'),
  field('j', { kind: 'json' }),
  field('t', { kind: 'timestamp' }),
  field('b', { kind: 'bool' }),
  field('o', { kind: 'struct', fields: [field('x', int), field('__proto__', int)] }),
  field('l', { kind: 'list', element: { kind: 'list', element: int } }),
  field('m', { kind: 'map', value: int }),
]
const LINE =
  '{"i":9007199254740993,"d":1.50,"key of s":"\\u00e9","j":[1.0, "é"],"t":"2015-09-12T02:00:00.000001+02:00","b":false,' +
  '"o":{"__proto__":2,"x":1},"l":[[1],[],null],"m":{"10":1,"9":null}}'
const CELLS: StructCell = {
  struct: [
    9007199254740993n,
    1.5,
    'é',
    '[1.0,"\\u00e9"]',
    1442016000000001n,
    false,
    { struct: [1n, 2n] },
    { list: [{ list: [1n] }, { list: [] }, null] },
    {
      map: [
        ['9', null],
        ['10', 1n],
      ],
    },
  ],
}

const differences = (cells: StructCell, line: string, dropped: Parameters<typeof compareRow>[1] = []) =>
  compareRow(schema, dropped, cells, parseExact(line))

/** The cells with one replaced. */
const withCell = (at: number, cell: StructCell['struct'][number]): StructCell => ({
  struct: CELLS.struct.with(at, cell),
})

describe('a row', () => {
  it('equals its line, however it is spelled', () => {
    expect(differences(CELLS, LINE)).toEqual([])
    expect(differences(CELLS, `  ${LINE.replace('{', '{"i":4, ')} \r`)).toEqual([])
  })

  it('with absent keys equals one with nulls', () => {
    const nulls: StructCell = { struct: schema.map(() => null) }
    expect(differences(nulls, '{}')).toEqual([])
    expect(differences(nulls, '{"i":null,"o":null,"l":null}')).toEqual([])
    expect(differences(withCell(6, { struct: [null, null] }), LINE.replace(/"o":\{[^}]*\}/, '"o":{}'))).toEqual([])
  })

  it.each<[string, number, StructCell['struct'][number], string]>([
    [
      'an integer that a double cannot hold',
      0,
      9007199254740992n,
      'i is 9007199254740992 and in the source 9007199254740993',
    ],
    ['a double', 1, 1.5000000000000002, 'd is 1.5000000000000002 and in the source 1.50'],
    ['a string', 2, 'e', 'key of s is "e"'],
    ['the text of a number in json', 3, '[1,"é"]', 'j is'],
    ['an instant by a microsecond', 4, 1442016000000002n, 't is'],
    ['a boolean', 5, true, 'b is true and in the source false'],
    ['a boolean that is null', 5, null, 'b is null and in the source false'],
    ['a struct that is null', 6, null, 'o is null'],
    ['a field', 6, { struct: [2n, 2n] }, 'o.x is 2 and in the source 1'],
    ['a field named __proto__', 6, { struct: [1n, null] }, 'o.__proto__ is null and in the source 2'],
    ['a list by its length', 7, { list: [] }, 'l is'],
    ['an element', 7, { list: [{ list: [2n] }, { list: [] }, null] }, 'l[][] is 2 and in the source 1'],
    ['an empty list that became null', 7, { list: [{ list: [1n] }, null, null] }, 'l[] is null and in the source []'],
    [
      'a null that became an empty list',
      7,
      { list: [{ list: [1n] }, { list: [] }, { list: [] }] },
      'l[] is {"list":[]}',
    ],
    [
      'a map entry',
      8,
      {
        map: [
          ['9', null],
          ['10', 2n],
        ],
      },
      'm.* is 2 and in the source 1',
    ],
    [
      'a map key',
      8,
      {
        map: [
          ['9', null],
          ['11', 1n],
        ],
      },
      'm lacks the key "10"',
    ],
    [
      'a map with a key twice',
      8,
      {
        map: [
          ['9', null],
          ['9', 1n],
        ],
      },
      'm has a key twice',
    ],
    ['a map by its size', 8, { map: [] }, 'm is'],
  ])('that differs in %s is found', (_, at, cell, message) => {
    const found = differences(withCell(at, cell), LINE)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  it('is no row of a line that is no object', () => {
    expect(differences(CELLS, '[1]')).toEqual(['the line is no object'])
  })
})

describe('a key without a column', () => {
  const nulls: StructCell = { struct: schema.map(() => null) }
  const dropped = [
    { path: parsePath('empty'), configured: false },
    { path: parsePath('norm'), configured: true },
    { path: parsePath('o.gone'), configured: false },
  ]
  const problems = (line: string) => differences(nulls, line, dropped)

  it('may be null, listed and empty, or dropped by configuration', () => {
    expect(problems('{"more":null,"norm":[1,{"a":2}]}')).toEqual([])
    for (const empty of ['{}', '[]', 'null', '{"a":{"b":[]}}', '[[],{}]']) {
      expect(problems(`{"empty":${empty}}`)).toEqual([])
    }
    const inside: StructCell = { struct: nulls.struct.with(6, { struct: [null, null] }) }
    expect(differences(inside, '{"o":{"gone":[]}}', dropped)).toEqual([])
  })

  it.each([
    ['{"more":1}', 'more'],
    ['{"more":{}}', 'more'],
    ['{"more":[]}', 'more'],
    ['{"more":{"a":[{"b":1}]}}', 'more.a[].b'],
    ['{"empty":1}', 'empty'],
    ['{"empty":{"a":1}}', 'empty.a'],
    ['{"__proto__":1}', '__proto__'],
  ])('%s is found', (line, path) => {
    expect(problems(line)).toEqual([`${path} has no column and is not listed as dropped`])
  })
})

describe('exact JSON', () => {
  it('keeps the text of numbers, and the last of equal keys', () => {
    expect(parseExact('{"a":1,"a":[1.50,-0,1E400,123456789012345678901]}')).toEqual({
      a: [{ text: '1.50' }, { text: '-0' }, { text: '1E400' }, { text: '123456789012345678901' }],
    })
  })

  it('keeps keys apart that are escapes, and the text of their numbers', () => {
    const parsed = ['{"only":1,"\\\\":1.0}', '{"only":1,"\\n":2.0}', '{"only":1,"\\u00e9":{"\\"":3.0}}'].map(parseExact)
    expect(parsed).toEqual([
      { only: { text: '1' }, '\\': { text: '1.0' } },
      { only: { text: '1' }, '\n': { text: '2.0' } },
      { only: { text: '1' }, é: { '"': { text: '3.0' } } },
    ])
  })

  it.each([
    ['1', '1.0'],
    ['1', '"1"'],
    ['[]', '{}'],
    ['[1]', '[1,2]'],
    ['{"a":1}', '{"a":1,"b":2}'],
    ['{"a":1}', '{"b":1}'],
    ['null', 'false'],
    ['{"a":null}', '{"__proto__":null}'],
  ])('%s is not %s', (a, b) => {
    expect(equalJson(parseExact(a), parseExact(b))).toBe(false)
    expect(equalJson(parseExact(b), parseExact(a))).toBe(false)
    expect(equalJson(parseExact(a), parseExact(a))).toBe(true)
  })
})
