import fc from 'fast-check'
import { ByteWriter } from 'hyparquet-writer'
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { encodeDelta } from '../../lib/parquet/delta.ts'
import { readChunk, readFooter } from '../../lib/parquet/read.ts'
import { decodeDelta } from '../../lib/parquet/read-delta.ts'
import { decodeDataPage } from '../../lib/parquet/read-page.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { fileBytes } from '../verify/parquet-file.ts'
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

test('a page of strings has no differences', () => {
  const values = encodeDelta(BigInt64Array.of(1n), 0, 1).slice()
  const v2 = {
    num_values: 1,
    num_nulls: 0,
    num_rows: 1,
    encoding: 'DELTA_BINARY_PACKED',
    is_compressed: false,
  } as const
  const header = {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: values.length,
    compressed_page_size: values.length,
    data_page_header_v2: { ...v2, definition_levels_byte_length: 0, repetition_levels_byte_length: 0 },
  } as const
  const leaf = (kind: 'string' | 'int64') =>
    ({ path: ['c'], steps: [], kind, maxDefinition: 0, maxRepetition: 0, ancestors: [] }) as const
  const decode = (kind: 'string' | 'int64') => decodeDataPage(header, values, leaf(kind), 'ZSTD', undefined, 1).values
  expect(decode('int64')).toEqual({ physical: 'INT64', count: 1, values: BigInt64Array.of(1n) })
  expect(() => decode('string')).toThrow(expect.objectContaining({ code: 'corrupt' }))
})

describe('a column', () => {
  let duck: Duck
  beforeAll(async () => {
    duck = await openDuck()
  })
  afterAll(() => duck.close())

  /** As Dayseal reads the one chunk, without nulls. */
  async function ownValues(bytes: Buffer) {
    const file = fileBytes(bytes)
    const { leaves, groups } = await readFooter(file)
    const { values } = await readChunk(file, leaves[0]!, groups[0]!.chunks[0]!, groups[0]!.rows)
    if (values.physical === 'BYTE_ARRAY') throw new TypeError('strings')
    return values.values
  }

  /** Of 0 to 1. */
  const noise = Float64Array.from({ length: 800_000 })
  for (let i = 0, state = 1; i < noise.length; i++) {
    state = (state * 48271) % 2147483647
    noise[i] = state / 2147483647
  }

  const times = (i: number) => 1741910400000000n + BigInt(i * 250_000 + Math.floor(noise[i]! * 200_000))
  const wrapping = (i: number) =>
    BigInt.asIntN(64, 2n ** 63n - 500_000n + BigInt(i * 300 + Math.floor(noise[i]! * 200)))
  const price = (i: number) => Math.round(noise[i]! * 10_000) / 100
  const anything = (i: number) => BigInt.asIntN(64, BigInt(Math.floor(noise[i]! * 2 ** 53)) * 0x9e3779b97f4a7c15n)

  it.each<[string, Type, (i: number) => bigint | number, string]>([
    ['of times in order', timestamp, times, 'DELTA_BINARY_PACKED'],
    ['of ids that wrap around', int, wrapping, 'DELTA_BINARY_PACKED'],
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
    expect([...(await ownValues(bytes))]).toEqual(rows.flatMap(({ c }) => c ?? []))
  })

  it('may have a page without a value, and pages that are full', async () => {
    const rows: Row[] = Array.from({ length: 799_999 }, (_, i) => ({
      c: i >= 200_000 && i < 790_000 ? null : BigInt(i) ** 2n,
    }))
    const schema = one(int)
    const bytes = await fileOf(schema, [shred(schema, rows)])
    const { meta, pages } = chunksOf(bytes)[0]![0]!
    expect(meta.encodings).toEqual(['DELTA_BINARY_PACKED', 'RLE'])
    expect(pages.map((page) => page.data_page_header_v2?.num_nulls)).toContain(2 ** 18)
    const seen = await duck.query('SELECT count(c), first(c), last(c) FROM read_parquet(FILE)', bytes)
    expect(seen).toEqual([[209_999n, rows[0]!.c, rows.at(-1)!.c]])
    const own = await ownValues(bytes)
    expect([own.length, own[1], own.at(-1)]).toEqual([209_999, rows[1]!.c, rows.at(-1)!.c])
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
