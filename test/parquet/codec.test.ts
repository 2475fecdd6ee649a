import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CODECS } from '../../lib/parquet/codec.ts'
import { createFileWriter } from '../../lib/parquet/file-writer.ts'
import { lz4Block } from '../../lib/parquet/lz4-block.ts'
import { snappy } from '../../lib/parquet/snappy.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from './arbitrary-rows.ts'
import { chunksOf } from './pages.ts'
import { CREATED_BY, type Duck, memorySink, openDuck, plainRows } from './read-back.ts'
import { type Row, shred } from './reference-shred.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const NAMES = Object.keys(CODECS) as (keyof typeof CODECS)[]

async function fileOf(schema: Schema, rows: readonly Row[], codec: keyof typeof CODECS): Promise<Buffer> {
  const sink = memorySink()
  const writer = createFileWriter({ schema, sink, createdBy: CREATED_BY, codec: CODECS[codec] })
  await writer.writeRowGroup(shred(schema, rows))
  await writer.finish()
  return sink.bytes()
}

/** Values that compress, values that do not, values for a dictionary, and pages of every size. */
const MIXED: Schema = [
  { key: 'n', name: 'n', type: { kind: 'int64', exact: true } },
  { key: 'd', name: 'd', type: { kind: 'double' } },
  { key: 'b', name: 'b', type: { kind: 'bool' } },
  { key: 's', name: 's', type: { kind: 'string' } },
  { key: 'l', name: 'l', type: { kind: 'list', element: { kind: 'string' } } },
]
const ROWS = Array.from({ length: 6_000 }, (_, i): Row => {
  const word = 'abcdefgh'.slice(0, (i * 7919) % 9).repeat(((i * 31) % 40) + 1)
  return {
    n: BigInt(i) ** 4n,
    d: Math.sin(i),
    b: i % 3 === 0,
    s: i % 5 === 0 ? null : `${word}${(i * 104729) % 65537}`,
    l: i % 2 === 0 ? [word, `known ${i % 10}`, null] : [],
  }
})

describe.each(NAMES)('%s', (codec) => {
  test('DuckDB reads any rows', async () => {
    const input = schemas(2).chain((schema) => rowsOf(schema, 30).map((rows) => ({ schema, rows })))
    await fc.assert(
      fc.asyncProperty(input, async ({ schema, rows }) => {
        expect(await duck.read(schema, await fileOf(schema, rows, codec))).toEqual(plainRows(schema, rows))
      }),
      { numRuns: 25 },
    )
  })

  test('DuckDB reads thousands of rows, in chunks with the name of the codec, and the same bytes are written again', async () => {
    const bytes = await fileOf(MIXED, ROWS, codec)
    expect(await duck.read(MIXED, bytes)).toEqual(plainRows(MIXED, ROWS))
    expect(new Set(chunksOf(bytes)[0]!.map(({ meta }) => meta.codec))).toEqual(new Set([codec.toUpperCase()]))
    expect(await fileOf(MIXED, ROWS, codec)).toEqual(bytes)
  })
})

test('every codec makes the file smaller', async () => {
  const sizes = await Promise.all(NAMES.map(async (codec) => (await fileOf(MIXED, ROWS, codec)).length))
  const [uncompressed, ...compressed] = sizes
  for (const size of compressed) expect(size).toBeLessThan(uncompressed! * 0.8)
})

/** Bytes in which stretches of every length repeat from every distance. */
const repeating = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 100_000 })).map(([byte, length]) => Buffer.alloc(length, byte)),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.integer({ min: 1, max: 2_000 }))
        .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => unit))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => new Uint8Array(Buffer.concat([...parts, ...parts])))

describe('blocks', () => {
  test('of LZ4 are what they were, and end as LZ4 wants it', () => {
    fc.assert(
      fc.property(repeating, (bytes) => {
        expect(Buffer.compare(readLz4(lz4Block(bytes), bytes.length), bytes)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('of Snappy are what they were', () => {
    fc.assert(
      fc.property(repeating, (bytes) => {
        const out = new Uint8Array(bytes.length)
        if (bytes.length > 0) snappyUncompress(snappy(bytes), out)
        expect(Buffer.compare(out, bytes)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test.each([65_534, 65_535, 65_536, 65_537])('repeat what lies %i bytes back, or cannot', (distance) => {
    const head = Buffer.from('ABCDEFGH')
    const bytes = new Uint8Array(Buffer.concat([head, Buffer.alloc(distance - 8), head, Buffer.from('the last bytes')]))
    expect(Buffer.compare(readLz4(lz4Block(bytes), bytes.length), bytes)).toBe(0)
    const out = new Uint8Array(bytes.length)
    snappyUncompress(snappy(bytes), out)
    expect(Buffer.compare(out, bytes)).toBe(0)
  })

  test('of nothing are the shortest there are', () => {
    expect([...lz4Block(new Uint8Array())]).toEqual([0])
    expect([...snappy(new Uint8Array())]).toEqual([0])
  })
})

/** LZ4 block format, with its end conditions. */
function readLz4(block: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  let from = 0
  let to = 0
  const lengthOf = (nibble: number) => {
    let length = nibble
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = block[from++]!
    return length
  }
  while (true) {
    const token = block[from++]!
    const literals = lengthOf(token >> 4)
    out.set(block.subarray(from, from + literals), to)
    from += literals
    to += literals
    if (from === block.length) {
      if (to !== size) throw new Error(`${to} bytes, wanted ${size}`)
      if (size > 12 && literals < 5) throw new Error(`the block ends with ${literals} literals`)
      return out
    }
    const distance = block[from]! | (block[from + 1]! << 8)
    from += 2
    const length = lengthOf(token & 15) + 4
    if (distance === 0 || distance > to || to > size - 12) throw new Error(`a repeat at ${to} from ${distance} back`)
    for (let i = 0; i < length; i++, to++) out[to] = out[to - distance]!
  }
}
