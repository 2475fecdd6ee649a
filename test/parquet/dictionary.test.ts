import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dictionaryOf } from '../../lib/parquet/dictionary.ts'
import { encodePlain, plainBytes } from '../../lib/parquet/plain.ts'
import type { LeafValues } from '../../lib/shred/batch.ts'

const ints = (values: readonly bigint[]): LeafValues => ({
  physical: 'INT64',
  count: values.length,
  values: BigInt64Array.from(values),
})
const doubles = (values: readonly number[]): LeafValues => ({
  physical: 'DOUBLE',
  count: values.length,
  values: Float64Array.from(values),
})

describe('dictionaryOf', () => {
  test('numbers, by their bits, in order of first use', () => {
    const dictionary = dictionaryOf(doubles([1.5, -0, 1.5, 0, -0, 1.5, 0, 1.5]))
    expect([...(dictionary?.ids ?? [])]).toEqual([0, 1, 0, 2, 1, 0, 2, 0])
    expect(dictionary?.encode()).toEqual(encodePlain(doubles([1.5, -0, 0]), 0, 3))
    expect(dictionary?.bytes).toBe(24)
  })

  test('ids find back every number, however many are distinct', () => {
    const some = fc.tuple(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    )
    fc.assert(
      fc.property(some, ([distinct, step, base]) => {
        const values = Array.from({ length: distinct * 2 }, (_, i) => base + BigInt(((i * 7919) % distinct) * step))
        const dictionary = dictionaryOf(ints(values))!
        const found = new BigInt64Array(Uint8Array.from(dictionary.encode()).buffer)
        expect(found.length).toBe(dictionary.count)
        expect(new Set(found).size).toBe(dictionary.count)
        expect(Array.from(dictionary.ids, (id) => found[id])).toEqual(values)
      }),
      { numRuns: 50 },
    )
  })

  test.each([0n, 32n, 16n])('tells numbers apart that differ in the bits from %d on alone', (shift) => {
    const values = Array.from({ length: 2000 }, (_, i) => BigInt(i % 1000) << shift)
    const dictionary = dictionaryOf(ints(values))
    expect(dictionary?.count).toBe(1000)
    expect(Array.from(dictionary?.ids ?? [])).toEqual(values.map((_, i) => i % 1000))
  })

  test('reads no further than the count', () => {
    const values = Float64Array.from([1, 1, 1, 1, 9])
    expect(dictionaryOf({ physical: 'DOUBLE', count: 4, values })?.count).toBe(1)
  })

  test('gives up where values hardly repeat', () => {
    expect(dictionaryOf(ints([1n, 2n, 3n, 1n]))).toBeUndefined()
    expect(dictionaryOf(ints([1n, 2n, 1n, 2n]))?.count).toBe(2)
    // Distinct for long: it does not wait for the half.
    const late = Array.from({ length: 100_000 }, (_, i) => BigInt(i < 20_000 ? i : 0))
    expect(dictionaryOf(ints(late))).toBeUndefined()
    expect(dictionaryOf({ physical: 'BOOLEAN', count: 2, values: Uint8Array.of(1, 1) })).toBeUndefined()
  })

  test('strings keep the dictionary that they have, unless each is used once', () => {
    const dictionary = { count: 2, distinct: true, bytes: Buffer.from('abc'), offsets: Uint32Array.of(0, 1, 3) }
    const values: LeafValues = { physical: 'BYTE_ARRAY', count: 3, ids: Uint32Array.of(0, 1, 0), dictionary }
    expect(Buffer.from(dictionaryOf(values)!.encode()).toString('latin1')).toBe('\x01\0\0\0a\x02\0\0\0bc')
    expect(dictionaryOf({ ...values, count: 2 })).toBeUndefined()
  })
})

describe('encodePlain', () => {
  test('booleans are bits, strings follow their lengths, numbers lie as in memory', () => {
    const bools: LeafValues = { physical: 'BOOLEAN', count: 10, values: Uint8Array.of(1, 0, 0, 1, 1, 0, 0, 0, 0, 1) }
    expect([...encodePlain(bools, 0, 10)]).toEqual([0b00011001, 0b10])
    expect([...encodePlain(bools, 3, 5)]).toEqual([0b11])
    expect([...encodePlain(ints([1n, -1n]), 1, 2)]).toEqual(Array(8).fill(255))
    const long = 'é'.repeat(300)
    const dictionary = { count: 2, distinct: true, bytes: Buffer.from(`x${long}`), offsets: Uint32Array.of(0, 1, 601) }
    const strings: LeafValues = { physical: 'BYTE_ARRAY', count: 3, ids: Uint32Array.of(1, 0, 1), dictionary }
    expect(plainBytes(strings)).toBe(604 + 5 + 604)
    const wanted = Buffer.concat([
      Buffer.from([0x58, 2, 0, 0]),
      Buffer.from(long),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('x'),
    ])
    expect(Buffer.from(encodePlain(strings, 0, 2)).equals(wanted)).toBe(true)
  })
})
