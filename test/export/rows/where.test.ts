import { describe, expect, test } from 'vitest'
import { parseMoment } from '../../../lib/export/rows/moment.ts'
import { thrownBy } from '../../thrown.ts'
import { open, rowsOfSource } from './read-source.ts'
import { schemaOf, writeDay } from './written-days.ts'

const TIME = parseMoment('2025-03-14T01:02:03.000004Z')!

const SCHEMA = schemaOf(
  { name: 'n', type: 'int64' },
  { name: 'bool', type: 'bool' },
  { name: 'int', type: 'int64' },
  { name: 'double', type: 'double' },
  { name: 'text', type: 'string' },
  { name: 'time', type: 'timestamp' },
  { name: 'json', type: 'json' },
  { name: 'list', type: { list: { list: 'int64' } } },
  { name: 'map', type: { map: 'string' } },
  { name: 'struct', type: { struct: [{ name: 'in', type: 'string' }] } },
  { name: 'structs', type: { list: { struct: [{ name: 'in', type: 'string' }] } } },
)
const NONE = {
  ...{ bool: null, int: null, double: null, text: null, time: null, json: null },
  ...{ list: null, map: null, struct: null, structs: null },
}
const ROWS = [
  { n: 0n, ...NONE },
  { n: 1n, ...NONE, bool: true, int: 1n, double: 1, text: 'true', time: TIME, json: '{"a": 1}' },
  { n: 2n, ...NONE, bool: false, int: 2n ** 53n + 1n, double: -0, text: '', time: TIME + 1n, json: '1' },
  { n: 3n, ...NONE, int: 2n ** 53n, double: 0.1, text: '\u{1f600}', time: 0n, json: '"1"' },
  { n: 4n, ...NONE, list: [], map: new Map(), struct: { in: null }, structs: [] },
  { n: 5n, ...NONE, list: [null, [1n, null]], map: new Map([['k', null]]), struct: { in: 'x' }, structs: [null] },
  {
    ...{ n: 6n, ...NONE, list: [[], [2n], [3n, 1n]], struct: { in: '' } },
    map: new Map([
      ['a', 'x'],
      ['b', 'y'],
    ]),
    structs: [{ in: 'a' }, { in: 'x' }],
  },
  { n: 7n, ...NONE, int: -(2n ** 63n), double: 1e300, text: 'null', json: '[1]' },
]

const day = () => writeDay('2025-03-14', SCHEMA, [ROWS.slice(0, 3), ROWS.slice(3)])
async function found(where: object): Promise<number[]> {
  const rows = await rowsOfSource(await open([await day()], { columns: ['n'], where }))
  return rows.map((row) => Number((row as { n: bigint }).n))
}

const ALL_BUT = (...numbers: number[]) => ROWS.map((_, i) => i).filter((i) => !numbers.includes(i))

describe('a condition', () => {
  test.each([
    ['bool', true, [1]],
    ['bool', 'false', [2]],
    ['bool', [true, false], [1, 2]],
    ['int', 1, [1]],
    ['int', '1.0', [1]],
    ['int', 2 ** 53, [3]],
    ['int', 2n ** 53n + 1n, [2]],
    ['int', '9007199254740993', [2]],
    ['int', '-9223372036854775808', [7]],
    ['int', ['1', 9007199254740992n, null], [0, 1, 3, 4, 5, 6]],
    ['double', 1n, [1]],
    ['double', '1', [1]],
    ['double', 0, [2]],
    ['double', '0.1', [3]],
    ['double', '1e300', [7]],
    ['text', 'true', [1]],
    ['text', '', [2]],
    ['text', ['\u{1f600}', 'no such'], [3]],
    ['text', 'null', [7]],
    ['time', '2025-03-14T01:02:03.000004Z', [1]],
    ['time', '2025-03-14T02:02:03.000005+01:00', [2]],
    ['time', '1970-01-01', [3]],
    ['json', '{"a": 1}', [1]],
    ['json', '{"a":1}', []],
    ['json', 1, [2]],
    ['json', '"1"', [3]],
    ['list', 1, [5, 6]],
    ['list[]', 1, [5, 6]],
    ['list[][]', [2, 4], [6]],
    ['list', null, ALL_BUT(4, 5, 6)],
    ['list[]', null, [5]],
    ['list[][]', null, [5]],
    ['list', [2, null], ALL_BUT(4, 5)],
    ['map', 'y', [6]],
    ['map.*', ['x', null], [5, 6]],
    ['map', null, ALL_BUT(4, 5, 6)],
    ['struct', null, ALL_BUT(4, 5, 6)],
    ['struct.in', null, ALL_BUT(5, 6)],
    ['struct.in', '', [6]],
    ['structs[].in', 'x', [6]],
    ['structs[].in', null, [5]],
    ['structs[]', null, [5]],
    ['structs', null, ALL_BUT(4, 5, 6)],
  ])('%s is %s', async (column, value, numbers) => {
    expect(await found({ [column]: value })).toEqual(numbers)
  })

  test('holds beside others', async () => {
    expect(await found({ int: [1, 2 ** 53], text: 'true', bool: true })).toEqual([1])
    expect(await found({ int: [1, 2 ** 53], text: 'null' })).toEqual([])
  })

  test.each([
    ['bool', 1],
    ['bool', 'yes'],
    ['int', 1.5],
    ['int', '1.5'],
    ['int', '0x10'],
    ['int', ''],
    ['int', 2n ** 63n],
    ['int', '9223372036854775808'],
    ['int', true],
    ['double', 2n ** 53n + 1n],
    ['double', '9007199254740993'],
    ['double', '1e400'],
    ['double', 'NaN'],
    ['double', false],
    ['text', 1],
    ['text', '\ud800'],
    ['time', 1],
    ['time', 'yesterday'],
    ['time', '2025-02-30'],
    ['time', '2025-03-14T01:02:03'],
    ['time', '2025-03-14T01:02:03.0000001Z'],
    ['list', 'x'],
    ['structs', 'x'],
    ['struct', 'x'],
  ])('that %s is %s cannot hold: wrong usage', async (column, value) => {
    const error = await thrownBy(async () => open([await day()], { where: { [column]: ['1', value].slice(1) } }))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(`where: ${column}`)
  })
})
