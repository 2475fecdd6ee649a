import { describe, expect, it } from 'vitest'
import type { FieldJson } from '../../lib/shred/schema-json.ts'
import type { FixtureRow } from './parquet-file.ts'
import { sealedDay, testDataset } from './sealed-day.ts'
import { verifyDay } from './verify-day.ts'

const schema: FieldJson[] = [
  { name: 'id', type: 'int64' },
  { name: 'at', type: 'string' },
  { name: 'ts', type: 'timestamp' },
  { name: 'gone', type: 'string' },
  {
    name: 'block',
    type: {
      struct: [
        { name: 'price', type: 'double' },
        { name: 'legs', type: { list: { struct: [{ name: 'side', type: 'string' }] } } },
      ],
    },
  },
  { name: 'has_block', type: 'bool' },
  { name: 'spans', type: { list: { struct: [{ name: 'ms', type: 'int64' }] } } },
  { name: 'counts', type: { map: 'int64' } },
]

/** Twenty rows: every fourth has the block, one of these without a price; spans have i % 3 entries. */
const rows: FixtureRow[] = Array.from({ length: 20 }, (_, i) => ({
  id: BigInt(i),
  at: i === 3 ? 'yesterday' : `2015-09-12T00:00:${String(i).padStart(2, '0')}Z`,
  ts: i === 5 ? null : 1442016000000000n,
  block: i % 4 === 0 ? { price: i === 8 ? null : i / 2, legs: i === 12 ? [{ side: null }] : [] } : null,
  has_block: i % 4 === 0,
  spans: Array.from({ length: i % 3 }, (_, n) => ({ ms: BigInt(n * 10) })),
  counts: new Map(i === 7 ? [] : [['k', i === 9 ? null : BigInt(i)]]),
}))

async function checksOf(rules: object, sample = 1000) {
  const lines = { '05': rows.slice(0, 11), '06': rows.slice(11) }
  const day = sealedDay({
    schema,
    lines: Object.fromEntries(
      Object.entries(lines).map(([hour, own]) => [hour, own.map((row) => ({ text: '{}', row }))]),
    ),
  })
  const dataset = testDataset(rules)
  const verdict = await verifyDay(day, { dataset, archive: undefined, sample })
  const all = new Map(verdict.checks.map(({ id, result, seen }) => [id, `${result}: ${seen}`]))
  return (id: string) => all.get(id)
}

describe('columns', () => {
  it('must exist, one of a group, or not at all', async () => {
    const check = await checksOf({
      required: ['id', 'block.legs[].side', 'counts.*', 'block.nothing', 'counts.k'],
      oneOf: [
        ['nothing', 'at'],
        ['nothing', 'block.nothing'],
      ],
      absent: ['labels', 'spans[].ms'],
    })
    expect(check('columns.required.id')).toBe('passed: id')
    expect(check('columns.required.block.legs[].side')).toBe('passed: block.legs[].side')
    expect(check('columns.required.counts.*')).toBe('passed: counts.*')
    expect(check('columns.required.block.nothing')).toBe('failed: no such column')
    expect(check('columns.required.counts.k')).toBe('failed: no such column')
    expect(check('columns.one_of.nothing|at')).toBe('passed: at')
    expect(check('columns.one_of.nothing|block.nothing')).toBe('failed: none of them')
    expect(check('columns.absent.labels')).toBe('passed: no such column')
    expect(check('columns.absent.spans[].ms')).toBe('failed: spans[].ms')
  })

  it('are asked for of a day without data too', async () => {
    const dataset = testDataset({ required: ['id'], absent: ['labels'] })
    const verdict = await verifyDay(sealedDay({ schema: [], lines: {} }), { dataset })
    expect(verdict.checks.filter(({ group }) => group === 'columns').map(({ result }) => result)).toEqual([
      'failed',
      'passed',
    ])
  })
})

describe('rules for sampled rows', () => {
  it('look at every value of the path', async () => {
    const check = await checksOf({
      rules: [
        { path: 'id', nonEmpty: true, min: 0, max: 19 },
        { path: 'id', max: 18 },
        { path: 'at', timestamp: true },
        { path: 'ts', timestamp: true },
        { path: 'ts', nonEmpty: true, level: 'warn' },
        { path: 'spans[].ms', min: 0, max: 10, nonEmpty: true },
        { path: 'spans[].ms', min: 1 },
        { path: 'spans', nonEmpty: true },
        { path: 'counts.*', max: 19 },
        { path: 'counts.k', max: 18 },
        { path: 'counts.*', nonEmpty: true },
        { path: 'nothing', nonEmpty: true },
        { path: 'nothing', min: 3 },
        { path: 'at', min: 0 },
        { path: 'block.price', min: 1 },
      ],
    })
    expect(check('rows.1.id')).toBe('passed: so in 20 rows')
    expect(check('rows.2.id')).toBe('failed: not so in 1 of 20 rows (row 19: 19)')
    expect(check('rows.3.at')).toBe('failed: not so in 1 of 20 rows (row 3: "yesterday")')
    expect(check('rows.4.ts')).toBe('passed: so in 20 rows')
    expect(check('rows.5.ts')).toBe('warned: not so in 1 of 20 rows (row 5: null)')
    expect(check('rows.6.spans[].ms')).toBe('passed: so in 20 rows')
    expect(check('rows.7.spans[].ms')).toBe('failed: not so in 13 of 20 rows (row 1: 0, row 2: 0, row 4: 0)')
    expect(check('rows.8.spans')).toBe('failed: not so in 7 of 20 rows (row 0: empty, row 3: empty, row 6: empty)')
    expect(check('rows.9.counts.*')).toBe('passed: so in 20 rows')
    expect(check('rows.10.counts.k')).toBe('failed: not so in 1 of 20 rows (row 19: 19)')
    expect(check('rows.11.counts.*')).toBe('failed: not so in 1 of 20 rows (row 9: null)')
    expect(check('rows.12.nothing')).toBe(
      'failed: not so in 20 of 20 rows (row 0: no such column, row 1: no such column, row 2: no such column)',
    )
    expect(check('rows.13.nothing')).toBe('passed: so in 20 rows')
    expect(check('rows.14.at')).toMatch(/^failed: not so in 20 of 20 rows/)
    expect(check('rows.15.block.price')).toBe('failed: not so in 1 of 20 rows (row 0: 0)')
  })

  it('look at the sample alone', async () => {
    const check = await checksOf({ rules: [{ path: 'id', min: 0 }] }, 7)
    expect(check('rows.1.id')).toBe('passed: so in 7 rows')
  })
})

describe('blocks', () => {
  it('have their share of all rows, whatever the sample', async () => {
    const check = await checksOf(
      {
        blocks: [
          { path: 'block', minShare: 0.25, maxShare: 0.25 },
          { path: 'spans[]', minShare: 1 },
          { path: 'nothing', minShare: 0.1, level: 'warn' },
        ],
      },
      2,
    )
    expect(check('blocks.block.share')).toBe('passed: 5 of 20 rows: 0.25')
    expect(check('blocks.spans[].share')).toBe('passed: 19 of 19 rows: 1')
    expect(check('blocks.nothing.share')).toBe('warned: 0 of 0 rows: 0')
    const strict = await checksOf({ blocks: [{ path: 'block', maxShare: 0.2 }] })
    expect(strict('blocks.block.share')).toBe('failed: 5 of 20 rows: 0.25')
  })

  it('have their fields', async () => {
    const required = ['price', 'legs', 'legs[].side', 'nothing']
    const check = await checksOf({ blocks: [{ path: 'block', required }] })
    expect(check('blocks.block.required.price')).toBe('failed: null 1 time in 5')
    expect(check('blocks.block.required.legs')).toBe('passed: never null in 5')
    expect(check('blocks.block.required.legs[].side')).toBe('failed: null 1 time in 5')
    expect(check('blocks.block.required.nothing')).toBe('failed: null 5 times in 5')
    expect(check('blocks.block.share')).toBeUndefined()
  })

  it('agree with their flag', async () => {
    const check = await checksOf({
      blocks: [
        { path: 'block', flag: 'has_block' },
        { path: 'ts', flag: 'has_block', level: 'warn' },
      ],
    })
    expect(check('blocks.block.flag.has_block')).toBe('passed: so in 20 rows')
    expect(check('blocks.ts.flag.has_block')).toMatch(
      /^warned: not so in 14 of 20 rows \(row 1: has_block false and ts there/,
    )
  })
})

describe('nulls', () => {
  it('have a largest share, of rows or of entries', async () => {
    const nulls = { id: 0, block: 0.75, 'block.price': 0.79, 'spans[].ms': 0, 'counts.*': 0.05, nothing: 0.5, ts: 0.05 }
    const check = await checksOf({ nulls }, 0)
    expect(check('nulls.id')).toBe('passed: a share of 0')
    expect(check('nulls.block')).toBe('passed: a share of 0.75')
    expect(check('nulls.block.price')).toBe('failed: a share of 0.8')
    expect(check('nulls.spans[].ms')).toBe('passed: a share of 0')
    expect(check('nulls.counts.*')).toBe('failed: a share of 0.0526316')
    expect(check('nulls.nothing')).toBe('failed: no such column')
    expect(check('nulls.ts')).toBe('passed: a share of 0.05')
  })

  it('all over a column are shown, or fail', async () => {
    const shown = await checksOf({})
    expect(shown('nulls.all')).toBe('warned: gone, block.legs[].side')
    const strict = await checksOf({ allNull: 'error' })
    expect(strict('nulls.all')).toBe('failed: gone, block.legs[].side')
  })
})
