import fc from 'fast-check'
import { ByteWriter } from 'hyparquet-writer'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import { writeByteStreamSplit } from 'hyparquet-writer/src/splitstream.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeDelta, encodeSplit } from '../../lib/parquet/number-encodings.ts'
import { decodeDelta, decodeSplit } from '../../lib/parquet/read-numbers.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { chunksOf } from './pages.ts'
import { type Duck, fileOf, openDuck, plainRows, readWithHyparquet } from './read-back.ts'
import { type Row, shred } from './reference-shred.ts'

const int: Type = { kind: 'int64', exact: false }
const timestamp: Type = { kind: 'timestamp' }
const double: Type = { kind: 'double' }
const one = (type: Type): Schema => [{ key: 'c', name: 'c', type }]

/** Neighbours that differ by anything from nothing to what wraps around at 64 bits. */
const integers = fc
  .array(
    fc
      .tuple(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.constantFrom(0n, 1n, 8n, 31n, 32n, 33n, 47n, 63n),
      )
      .map(([value, shift]) => value >> shift),
    { maxLength: 300 },
  )
  .chain((steps) => fc.constantFrom(steps, [...steps].sort(), sums(steps)))

function sums(steps: readonly bigint[]): bigint[] {
  let sum = 0n
  return steps.map((step) => {
    sum = BigInt.asIntN(64, sum + (step >> 8n))
    return sum
  })
}

function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter()
  write(writer)
  return Buffer.from(writer.getBytes())
}

describe('DELTA_BINARY_PACKED', () => {
  it('is to the byte what hyparquet-writer writes, and comes back', () => {
    fc.assert(
      fc.property(integers, (all) => {
        const values = BigInt64Array.from(all)
        const bytes = Uint8Array.from(encodeDelta(values, 0, values.length))
        const wanted = written((writer) => deltaBinaryPack(writer, values, 'INT64'))
        expect(Buffer.from(bytes).equals(wanted)).toBe(true)
        expect(decodeDelta(bytes, values.length)).toEqual(values)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes a part of the values', () => {
    const values = BigInt64Array.from({ length: 400 }, (_, i) => BigInt(i * i))
    const bytes = Uint8Array.from(encodeDelta(values, 100, 333))
    expect(decodeDelta(bytes, 233)).toEqual(values.slice(100, 333))
  })

  const good = [...Uint8Array.from(encodeDelta(BigInt64Array.of(1n, 5n, 2n), 0, 3))]
  it.each<[string, readonly number[], number]>([
    ['ends early', good.slice(0, -1), 3],
    ['is empty', [], 3],
    ['has more bytes', [...good, 0], 3],
    ['has more values', good, 2],
    ['has fewer values', good, 4],
    ['has other blocks', [0x80, 0x02, ...good.slice(2)], 3],
    ['has other miniblocks', good.with(2, 8), 3],
    ['has values of 65 bits', good.with(6, 65), 3],
    ['has a number without end', [...good.slice(0, 4), ...new Array<number>(11).fill(0x80)], 3],
  ])('refuses what %s', (_, bytes, count) => {
    expect(() => decodeDelta(Uint8Array.from(bytes), count)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  it('with bytes altered is refused, or other values of the same number', () => {
    const bytes = Uint8Array.from(
      encodeDelta(
        BigInt64Array.from({ length: 300 }, (_, i) => BigInt(i) ** 5n),
        0,
        300,
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (changes) => {
          const altered = changes.reduce((all, [at, byte]) => all.with(at, byte), bytes)
          try {
            expect(decodeDelta(altered, 300)).toHaveLength(300)
          } catch (error) {
            expect(error).toMatchObject({ code: 'corrupt' })
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('BYTE_STREAM_SPLIT', () => {
  it('is to the byte what hyparquet-writer writes, and comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 100 }), (all) => {
        const values = Float64Array.from(all)
        const bytes = Uint8Array.from(encodeSplit(values, 0, values.length))
        const wanted = written((writer) => writeByteStreamSplit(writer, values, 'DOUBLE', undefined))
        expect(Buffer.from(bytes).equals(wanted)).toBe(true)
        expect(Buffer.from(decodeSplit(bytes, values.length).buffer)).toEqual(Buffer.from(values.buffer))
      }),
    )
  })

  it('refuses another size', () => {
    expect(() => decodeSplit(new Uint8Array(15), 2)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })
})

describe('a column', () => {
  let duck: Duck
  beforeAll(async () => {
    duck = await openDuck()
  })
  afterAll(() => duck.close())

  /** Of 0 to 1. */
  const noise = Float64Array.from({ length: 800_000 })
  for (let i = 0, state = 1; i < noise.length; i++) {
    state = (state * 48271) % 2147483647
    noise[i] = state / 2147483647
  }

  const times = (i: number) => 1741910400000000n + BigInt(i * 250_000 + Math.floor(noise[i]! * 200_000))
  const wrapping = (i: number) =>
    BigInt.asIntN(64, 2n ** 63n - 500_000n + BigInt(i * 300 + Math.floor(noise[i]! * 200)))
  const measured = (i: number) => 20 + noise[i]! + noise[i + 1]! / 2 ** 31
  const price = (i: number) => Math.round(noise[i]! * 10_000) / 100
  const anything = (i: number) => BigInt.asIntN(64, BigInt(Math.floor(noise[i]! * 2 ** 53)) * 0x9e3779b97f4a7c15n)

  it.each<[string, Type, (i: number) => bigint | number, string]>([
    ['of times in order', timestamp, times, 'DELTA_BINARY_PACKED'],
    ['of ids that wrap around', int, wrapping, 'DELTA_BINARY_PACKED'],
    ['of measurements', double, measured, 'BYTE_STREAM_SPLIT'],
    ['of prices', double, price, 'PLAIN'],
    ['of anything', int, anything, 'PLAIN'],
  ])('%s takes what is smallest, and other readers read it', async (_, type, numberAt, encoding) => {
    const rows: Row[] = Array.from({ length: 5000 }, (_, i) => ({ c: i % 9 === 4 ? null : numberAt(i) }))
    const schema = one(type)
    const bytes = await fileOf(schema, [shred(schema, rows)])
    expect(chunksOf(bytes)[0]![0]!.meta.encodings).toEqual([encoding, 'RLE'])
    const wanted = plainRows(schema, rows)
    expect(await duck.read(schema, bytes)).toEqual(wanted)
    expect(await readWithHyparquet(schema, bytes)).toEqual(wanted)
  })

  it.each<[Type, (i: number) => bigint | number, string]>([
    [int, (i) => BigInt(i) ** 2n, 'DELTA_BINARY_PACKED'],
    [double, measured, 'BYTE_STREAM_SPLIT'],
  ])('of %o may have a page without a value, and pages that are full', async (type, numberAt, encoding) => {
    const rows: Row[] = Array.from({ length: 799_999 }, (_, i) => ({
      c: i >= 200_000 && i < 790_000 ? null : numberAt(i),
    }))
    const schema = one(type)
    const bytes = await fileOf(schema, [shred(schema, rows)])
    const { meta, pages } = chunksOf(bytes)[0]![0]!
    expect(meta.encodings).toEqual([encoding, 'RLE'])
    expect(pages.map((page) => page.data_page_header_v2?.num_nulls)).toContain(2 ** 18)
    const seen = await duck.query('SELECT count(c), first(c), last(c) FROM read_parquet(FILE)', bytes)
    expect(seen).toEqual([[209_999n, rows[0]!.c, rows.at(-1)!.c]])
    const back = await readWithHyparquet(schema, bytes)
    const some = [0, 199_999, 200_000, 500_000, 790_000, 799_998]
    expect(some.map((i) => back[i])).toEqual(
      plainRows(
        schema,
        some.map((i) => rows[i]!),
      ),
    )
  })
})
