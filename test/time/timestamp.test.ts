import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMicros, parseTimestamp } from '../../lib/time/timestamp.ts'

/** Parsed between other bytes, which must make no difference. */
function parse(text: string): bigint | undefined {
  const bytes = Buffer.from(`9.9${text}9Z`)
  return parseTimestamp(bytes, 3, bytes.length - 2)
}

/** The years 0001 to 9999, in microseconds; whole milliseconds. */
const FIRST = -62_135_596_800_000_000
const LAST = 253_402_300_799_999_000

const pad = (value: number, digits = 2) => String(value).padStart(digits, '0')

describe('parseTimestamp', () => {
  test('is what Date makes of any instant, at any offset', () => {
    const instants = fc.record({
      millis: fc.integer({ min: FIRST / 1000, max: LAST / 1000 }),
      micros: fc.integer({ min: 0, max: 999 }),
      minutes: fc.integer({ min: -1439, max: 1439 }),
      separator: fc.constantFrom('T', 't', ' '),
    })
    fc.assert(
      fc.property(instants, ({ millis, micros, minutes, separator }) => {
        const local = new Date(millis + minutes * 60_000)
        fc.pre(local.getUTCFullYear() >= 1 && local.getUTCFullYear() <= 9999)
        const offset = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`
        const text = local
          .toISOString()
          .replace('T', separator)
          .replace('Z', `${pad(micros, 3)}${offset}`)
        expect(parse(text), text).toBe(BigInt(millis) * 1000n + BigInt(micros))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000n],
    ['9999-12-31T23:59:59.999999Z', 253_402_300_799_999_999n],
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['1970-01-01t00:00:00z', 0n],
    ['1970-01-01 00:00:00z', 0n],
    ['1970-01-01T01:30:00+01:30', 0n],
    ['1969-12-31T22:30:00-01:30', 0n],
    ['1970-01-01T00:00:00-00:00', 0n],
    ['1970-01-01T00:00:00.5Z', 500_000n],
    ['1970-01-01T00:00:00.000001000000000Z', 1n],
  ])('%s is %s', (text, micros) => expect(parse(text)).toBe(micros))

  test.each(['2000', '1904', '2024', '0004'])('%s has a 29 February', (year) => {
    const day = (text: string) => parse(`${year}-${text}T00:00:00Z`)!
    expect(day('02-29') - day('02-28')).toBe(86_400_000_000n)
    expect(day('03-01') - day('02-29')).toBe(86_400_000_000n)
  })

  test.each([
    ['no offset', '2024-01-01T00:00:00'],
    ['no offset, with a fraction', '2024-01-01T00:00:00.123456'],
    ['second 60', '2016-12-31T23:59:60Z'],
    ['minute 60', '2024-01-01T00:60:00Z'],
    ['hour 24', '2024-01-01T24:00:00Z'],
    ['29 February 1900', '1900-02-29T00:00:00Z'],
    ['29 February 2023', '2023-02-29T00:00:00Z'],
    ['31 April', '2024-04-31T00:00:00Z'],
    ['day 0', '2024-01-00T00:00:00Z'],
    ['month 13', '2024-13-01T00:00:00Z'],
    ['month 0', '2024-00-01T00:00:00Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['five digits of year', '10000-01-01T00:00:00Z'],
    ['a seventh digit', '2024-01-01T00:00:00.1234567Z'],
    ['a late digit after zeros', '2024-01-01T00:00:00.123456001Z'],
    ['no digit after the point', '2024-01-01T00:00:00.Z'],
    ['a comma', '2024-01-01T00:00:00,5Z'],
    ['a letter for a digit', '2024-01-01T00:0O:00Z'],
    ['another separator', '2024-01-01_00:00:00Z'],
    ['an offset without colon', '2024-01-01T00:00:00+0100'],
    ['an offset of hours', '2024-01-01T00:00:00+01'],
    ['an offset of 24 hours', '2024-01-01T00:00:00+24:00'],
    ['an offset of 60 minutes', '2024-01-01T00:00:00+00:60'],
    ['a space before', ' 2024-01-01T00:00:00Z'],
    ['a space after', '2024-01-01T00:00:00Z '],
    ['a space before the offset', '2024-01-01T00:00:00 Z'],
    ['two spaces between', '2024-01-01  00:00:00Z'],
    ['a date', '2024-01-01'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => expect(parse(text)).toBeUndefined())
})

describe('formatMicros', () => {
  test.each([
    [0n, '1970-01-01T00:00:00.000000Z'],
    [-1n, '1969-12-31T23:59:59.999999Z'],
    [-1000n, '1969-12-31T23:59:59.999000Z'],
    [1_709_210_096_000_007n, '2024-02-29T12:34:56.000007Z'],
    [-62_135_596_800_000_000n, '0001-01-01T00:00:00.000000Z'],
    [253_402_300_799_999_999n, '9999-12-31T23:59:59.999999Z'],
  ])('%s is %s', (micros, text) => expect(formatMicros(micros)).toBe(text))

  test('gives back what parseTimestamp read', () => {
    const years = fc.bigInt({ min: BigInt(FIRST), max: BigInt(LAST) })
    fc.assert(
      fc.property(years, (micros) => {
        expect(parse(formatMicros(micros))).toBe(micros)
      }),
      { numRuns: 300 },
    )
  })
})
