import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DaysealError } from '../../lib/errors.ts'
import { CODECS } from '../../lib/parquet/codec.ts'
import { decompressPage, isPageCodec } from '../../lib/parquet/decompress.ts'

const pages = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 3_000 })).map(([piece, times]) => {
    return Uint8Array.from({ length: piece.length * times }, (_, i) => piece[i % piece.length]!)
  }),
)

describe.each(Object.values(CODECS).map((codec) => [codec.name, codec] as const))('%s', (name, codec) => {
  if (!isPageCodec(name)) throw new Error(`${name} is no codec`)

  test('gives the page again', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const compressed = codec.compress(page, 'BYTE_ARRAY')
        expect(Buffer.compare(decompressPage(compressed, page.length, name), page)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('is corrupt for other sizes, and for bytes that end earlier', () => {
    const page = Buffer.from('one page, one page, one page and an end that does not repeat'.repeat(20))
    const compressed = codec.compress(page, 'BYTE_ARRAY')
    const wrong: [Uint8Array, number][] = [
      [compressed, page.length - 1],
      [compressed, page.length + 1],
      [compressed, -1],
      [compressed, Number.NaN],
      [compressed, 2 ** 30],
      [compressed.subarray(0, compressed.length - 9), page.length],
      [compressed.subarray(0, 0), page.length],
    ]
    for (const [bytes, size] of wrong) expect(() => decompressPage(bytes, size, name)).toThrow(DaysealError)
  })

  test('gives the page or an error for altered bytes, never more', () => {
    const page = Buffer.from('abcabcabcabcd'.repeat(30))
    const compressed = codec.compress(page, 'BYTE_ARRAY')
    fc.assert(
      fc.property(fc.nat({ max: compressed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const altered = Uint8Array.from(compressed)
        altered[at]! ^= mask
        try {
          expect(decompressPage(altered, page.length, name).length).toBe(page.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'corrupt' })
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('names that are no codec', () => {
  for (const name of ['LZO', 'LZ4', 'zstd', '__proto__', 'toString', '']) expect(isPageCodec(name)).toBe(false)
})
