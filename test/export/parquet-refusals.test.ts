import { describe, expect, test } from 'vitest'
import type { Schema, Type } from '../../lib/shred/type.ts'
import type { Row } from '../parquet/reference-shred.ts'
import { exported, field } from './partitioned.ts'

describe('partitions that cannot be', () => {
  const list: Type = { kind: 'list', element: { kind: 'string' } }
  const map: Type = { kind: 'map', value: { kind: 'string' } }
  const inside: Type = { kind: 'list', element: { kind: 'struct', fields: [field('x', 'string')] } }
  const cases: readonly [string, readonly string[], Schema, string][] = [
    ['no such column', ['x'], [field('n', 'int64')], 'partitionBy: there is no column x'],
    [
      'a list',
      ['l'],
      [field('l', list), field('n', 'int64')],
      'partitionBy: l does not have one value per row; seen: a list',
    ],
    [
      'a map',
      ['m'],
      [field('m', map), field('n', 'int64')],
      'partitionBy: m does not have one value per row; seen: a map',
    ],
    [
      'the values of a map',
      ['m.*'],
      [field('m', map), field('n', 'int64')],
      'partitionBy: m.* does not have one value per row',
    ],
    ['inside a list', ['l[].x'], [field('l', inside), field('n', 'int64')], 'seen: inside a list or map'],
    ['nothing besides', ['n', 's'], [field('n', 'int64'), field('s', 'string')], 'seen: all 2 in partitionBy'],
    ['one column twice', ['n', 'n'], [field('n', 'int64'), field('s', 'string')], 'seen: "n" and "n"'],
    [
      'names that differ in case',
      ['n', 'N'],
      [field('n', 'int64'), field('N', 'int64'), field('s', 'string')],
      'seen: "n" and "N"',
    ],
    ['a day beside a column Date', ['date'], [field('Date', 'int64')], 'seen: "Date" and "date"'],
  ]
  test.each(cases)('%s', async (_, partitionBy, schema, message) => {
    await expect(exported(partitionBy, schema, [])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    })
  })

  test('a value that is too long for a folder', async () => {
    const rows = [{ k: '\u{1f600}'.repeat(22), n: 1n }]
    await expect(exported(['k'], [field('k', 'string'), field('n', 'int64')], [{ rows }])).rejects.toThrow(
      'partitionBy: a value of k is too long for the name of a folder; seen: 266 characters',
    )
  })

  test('more than 10,000 folders, with the column that has most values', async () => {
    const schema = [field('few', 'int64'), field('many', 'int64'), field('n', 'int64')]
    const rows = Array.from({ length: 10_001 }, (_, i): Row => ({ few: BigInt(i % 2), many: BigInt(i), n: 1n }))
    await expect(exported(['few', 'many'], schema, [{ rows }])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/more than 10000 folders; seen: 10001 values of many so far/),
    })
  })
})
