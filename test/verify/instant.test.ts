import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from '../../lib/time/timestamp.ts'
import { parseInstant } from '../../lib/verify/instant.ts'

const byConvert = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  return parseTimestamp(bytes, 0, bytes.length)
}

describe('parseInstant', () => {
  it.each<[string, bigint | undefined]>([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01t00:00:00.000001z', 1n],
    ['1969-12-31 23:59:59.999999Z', -1n],
    ['2016-02-29T12:30:00.5+05:30', 1456729200500000n],
    ['0001-01-01T00:00:00Z', -62135596800000000n],
    ['9999-12-31T23:59:59.999999000Z', 253402300799999999n],
    ['2015-02-29T00:00:00Z', undefined],
    ['2015-09-12T24:00:00Z', undefined],
    ['2015-09-12T00:00:60Z', undefined],
    ['2015-09-12T00:00:00', undefined],
    ['2015-09-12T00:00:00.Z', undefined],
    ['2015-09-12T00:00:00.0000001Z', undefined],
    ['2015-09-12T00:00:00+24:00', undefined],
    ['2015-09-12T00:00:00Z ', undefined],
    ['2015-09-12', undefined],
    ['0000-01-01T00:00:00Z', undefined],
    ['', undefined],
  ])('reads %s as %s', (text, wanted) => {
    expect(parseInstant(text)).toBe(wanted)
    expect(byConvert(text)).toBe(wanted)
  })

  it('reads any instant as it was written, and as convert reads it', () => {
    const instant = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instant, fc.nat(999), fc.integer({ min: -1439, max: 1439 }), (date, micros, offset) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1)
        const of = (minutes: number) => String(minutes).padStart(2, '0')
        const zone = `${offset < 0 ? '-' : '+'}${of(Math.floor(Math.abs(offset) / 60))}:${of(Math.abs(offset) % 60)}`
        const text = `${local}${String(micros).padStart(3, '0')}${zone}`
        const wanted = BigInt(date.getTime()) * 1000n + BigInt(micros)
        expect(parseInstant(text)).toBe(wanted)
        expect(byConvert(text)).toBe(wanted)
      }),
    )
  })

  it('refuses what convert refuses', () => {
    const nearly = fc.tuple(
      fc.constant('2016-02-29T12:30:45.123456+05:30'),
      fc.nat(31),
      fc.constantFrom(...'0123456789-+:.TZ ,é'),
    )
    fc.assert(
      fc.property(nearly, ([text, at, char]) => {
        const altered = text.slice(0, at) + char + text.slice(at + 1)
        expect(parseInstant(altered)).toBe(byConvert(altered))
      }),
      { numRuns: 500 },
    )
  })
})
