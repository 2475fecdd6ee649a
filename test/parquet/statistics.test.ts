import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScalarKind, Schema } from '../../lib/shred/type.ts'
import { rowsOf, STRING } from './arbitrary-rows.ts'
import { arrayBufferOf, type Duck, fileOf, openDuck } from './read-back.ts'
import { type Row, shred } from './reference-shred.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const column = (kind: ScalarKind): Schema => [
  { key: 'c', name: 'c', type: kind === 'int64' ? { kind, exact: false } : { kind } },
]

async function statisticsOf(schema: Schema, rows: readonly Row[]) {
  const bytes = await fileOf(schema, [shred(schema, rows)])
  const raw = {
    stringFromBytes: (value: Uint8Array) => Buffer.from(value),
    timestampFromMicroseconds: (micros: bigint) => micros,
  }
  const { row_groups } = parquetMetadata(arrayBufferOf(bytes), { parsers: raw })
  return row_groups[0]!.columns[0]!.meta_data!.statistics!
}

describe('the statistics in the footer', () => {
  test.each(['bool', 'int64', 'double', 'timestamp'] as const)(
    'of %s are the smallest and the largest value',
    async (kind) => {
      const schema = column(kind)
      await fc.assert(
        fc.asyncProperty(rowsOf(schema), async (rows) => {
          fc.pre(rows.length > 0)
          const values = rows.map(({ c }) => c).filter((value) => value !== null) as bigint[]
          const { null_count, min_value, max_value } = await statisticsOf(schema, rows)
          expect(null_count).toBe(BigInt(rows.length - values.length))
          const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
          // -0 and 0 are equal to `==`, and written as the spec has it.
          expect(Object.is(min_value, 0)).toBe(false)
          expect(Object.is(max_value, -0)).toBe(false)
          expect(min_value === sorted[0]).toBe(true)
          expect(max_value === sorted.at(-1)).toBe(true)
        }),
      )
    },
  )

  test('of strings hold for every value, are short, and say whether they are exact', async () => {
    const strings = fc.array(fc.oneof(STRING, fc.string({ unit: 'binary', minLength: 60, maxLength: 80 })), {
      minLength: 1,
    })
    await fc.assert(
      fc.asyncProperty(strings, async (values) => {
        const { min_value, max_value, is_min_value_exact, is_max_value_exact } = await statisticsOf(
          column('string'),
          values.map((c) => ({ c })),
        )
        const sorted = values.map((value) => Buffer.from(value)).sort(Buffer.compare)
        const [smallest, largest] = [sorted[0]!, sorted.at(-1)!]
        const [min, max] = [min_value as Buffer, max_value as Buffer]
        expect(min.length).toBeLessThanOrEqual(64)
        expect(Buffer.compare(min, smallest)).toBeLessThanOrEqual(0)
        expect(min.equals(smallest)).toBe(is_min_value_exact !== false)
        expect(smallest.length <= 64).toBe(is_min_value_exact !== false)
        expect(max.length).toBeLessThanOrEqual(64)
        expect(Buffer.compare(max, largest)).toBeGreaterThanOrEqual(0)
        expect(max.equals(largest)).toBe(is_max_value_exact !== false)
        for (const bound of [min, max]) new TextDecoder('utf-8', { fatal: true }).decode(bound)
      }),
    )
  })

  test('have no upper bound where there is no short one', async () => {
    const highest = '\u{10ffff}'.repeat(20)
    const { min_value, max_value } = await statisticsOf(column('string'), [{ c: highest }, { c: 'a' }])
    expect(min_value).toEqual(Buffer.from('a'))
    expect(max_value).toBeUndefined()
  })

  test('of json are both there or neither', async () => {
    const short = await statisticsOf(column('json'), [{ c: '[1]' }, { c: '"x"' }])
    expect([short.min_value, short.max_value]).toEqual([Buffer.from('"x"'), Buffer.from('[1]')])
    const mixed = await statisticsOf(column('json'), [{ c: '[1]' }, { c: JSON.stringify('x'.repeat(70)) }, { c: null }])
    expect(mixed).toMatchObject({ null_count: 1n, min_value: undefined, max_value: undefined })
  })

  test('hide no row from a reader that skips by them', async () => {
    const values = ['', 'a'.repeat(70), `${'a'.repeat(63)}é`, '\u{10ffff}'.repeat(30), 'zz']
    const schema = column('string')
    for (const [i, value] of values.entries()) {
      const bytes = await fileOf(schema, [shred(schema, [{ c: value }]), shred(schema, [{ c: `${value}${i}` }])])
      const found = await duck.query(`SELECT count(*) FROM read_parquet(FILE) WHERE c = '${value}'`, bytes)
      expect(found).toEqual([[1n]])
    }
  })
})
