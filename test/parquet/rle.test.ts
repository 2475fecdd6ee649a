import fc from 'fast-check'
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js'
import { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { describe, expect, test } from 'vitest'
import { bitWidth, encodeHybrid, MAX_BIT_WIDTH } from '../../lib/parquet/rle.ts'

/** Values with runs of every length, of up to so many bits. */
const runs = fc
  .integer({ min: 0, max: MAX_BIT_WIDTH })
  .chain((width) =>
    fc
      .array(fc.tuple(fc.integer({ min: 0, max: 2 ** width - 1 }), fc.integer({ min: 1, max: 40 })), { maxLength: 40 })
      .map((pairs) => ({ width, values: pairs.flatMap(([value, times]) => Array<number>(times).fill(value)) })),
  )

function encode(values: Uint8Array | Uint32Array, width: number, start = 0, end = values.length): Uint8Array {
  return encodeHybrid(values, start, end, width).slice()
}

describe('encodeHybrid', () => {
  test('hyparquet reads what it writes, and hyparquet-writer writes the same', () => {
    fc.assert(
      fc.property(runs, ({ width, values }) => {
        const bytes = encode(Uint32Array.from(values), width)
        const read = new Uint32Array(values.length)
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
        readRleBitPackedHybrid({ view, offset: 0 }, width, read, bytes.length)
        expect([...read]).toEqual(values)
        const peer = new ByteWriter()
        writeRleBitPackedHybrid(peer, values, width)
        expect(Buffer.from(bytes).equals(peer.getBytes())).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('takes a range, and any kind of array', () => {
    const values = [1, 1, 2, 3, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 2]
    const whole = encode(Uint8Array.from(values.slice(2, 19)), 2)
    expect(encode(Uint8Array.from(values), 2, 2, 19)).toEqual(whole)
    expect(encode(Uint32Array.from(values), 2, 2, 19)).toEqual(whole)
  })

  test('a long run takes a few bytes', () => {
    expect([...encode(new Uint8Array(1_000_000).fill(3), 2)]).toEqual([0x80, 0x89, 0x7a, 3])
  })
})

test('bitWidth', () => {
  expect([0, 1, 2, 3, 4, 255, 256, 2 ** 24 - 1].map(bitWidth)).toEqual([0, 1, 2, 2, 3, 8, 9, 24])
})
