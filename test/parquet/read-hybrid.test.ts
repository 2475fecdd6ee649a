import fc from 'fast-check'
import { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { describe, expect, it } from 'vitest'
import { readHybrid } from '../../lib/parquet/read-hybrid.ts'

const read = (bytes: readonly number[], width: number, count: number) => {
  const out = new Uint32Array(count)
  const end = readHybrid(Uint8Array.from(bytes), 0, bytes.length, width, out)
  return { values: [...out], end }
}

describe('readHybrid', () => {
  it('reads what hyparquet-writer wrote, of any width', () => {
    const widths = fc.integer({ min: 1, max: 24 })
    const runs = (width: number) =>
      fc.array(fc.tuple(fc.nat(2 ** width - 1), fc.constantFrom(1, 2, 7, 8, 9, 300)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(
        widths.chain((width) => fc.tuple(fc.constant(width), runs(width))),
        ([width, pieces]) => {
          const values = pieces.flatMap(([value, count]) => new Array<number>(count).fill(value))
          const writer = new ByteWriter()
          writeRleBitPackedHybrid(writer, values, width)
          const bytes = [...writer.getBytes()]
          expect(read(bytes, width, values.length)).toEqual({ values, end: bytes.length })
        },
      ),
    )
  })

  it('reads the widest values, and those of no width', () => {
    expect(read([1 << 1, 0xff, 0xff, 0xff, 0xff], 32, 1)).toEqual({ values: [2 ** 32 - 1], end: 5 })
    const packed = Array.from({ length: 8 }, (_, i) => [i, 0, 0, 0x80]).flat()
    expect(read([3, ...packed], 32, 7).values).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => i + 2 ** 31))
    expect(read([5 << 1], 0, 5)).toEqual({ values: [0, 0, 0, 0, 0], end: 1 })
    expect(read([], 3, 0)).toEqual({ values: [], end: 0 })
  })

  it.each<[string, readonly number[], number, number]>([
    ['ends early', [], 1, 1],
    ['ends within a header', [0x80], 1, 1],
    ['has a header without end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], 1, 1],
    ['has a run that is longer than wanted', [4 << 1, 1], 1, 3],
    ['has a run of 2^31 values', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1, 3],
    ['has more padding than a group', [(2 << 1) | 1, 0, 0], 1, 8],
    ['has a run of nothing', [0, 1], 1, 1],
    ['ends within a run', [2, 1], 9, 1],
    ['ends within a group', [3, 0, 0], 3, 8],
    ['has values of 33 bits', [2, 0, 0, 0, 0, 0], 33, 1],
  ])('refuses what %s', (_, bytes, width, count) => {
    expect(() => read(bytes, width, count)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })
})
