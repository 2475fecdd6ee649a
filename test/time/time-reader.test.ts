import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TIME_FORMS, type TimeForm } from '../../lib/time/time-form.ts'
import { timeReader, WRITTEN_TIME } from '../../lib/time/time-reader.ts'
import { readInstant } from '../../lib/verify/instant.ts'
import { runs } from '../property/runs.ts'

const PATTERNS: readonly TimeForm[] = [
  { pattern: 'yyyy-MM-dd HH:mm:ss', offset: 'Z' },
  { pattern: 'dd.MM.yyyy HH.SSSS', offset: '-08:00' },
  { pattern: 'yyyyMMddHHmmss', offset: '+05:30' },
]
const FORMS: readonly TimeForm[] = [...TIME_FORMS, ...PATTERNS]

/** As bytes between other bytes, and as a text: both are the same. */
function read(text: string, form: TimeForm = 'auto') {
  const reader = timeReader(form)
  const bytes = Buffer.from(`9${text}9`)
  const time = reader.bytes(bytes, 1, bytes.length - 1)
  expect(reader.text(text)).toEqual(time)
  return time
}

const utc = (iso: string, micros = 0n) => BigInt(Date.parse(iso)) * 1000n + micros

describe('a time', () => {
  test.each<[string, bigint, boolean]>([
    ['2025-03-14T11:34:02.133169+0000', utc('2025-03-14T11:34:02.133Z', 169n), true],
    ['2025-03-14t11:34:02z', utc('2025-03-14T11:34:02Z'), true],
    ['2025-03-14 11:34:02,5 +01', utc('2025-03-14T10:34:02.5Z'), true],
    ['2025-03-14T11:34:02.123456789Z', utc('2025-03-14T11:34:02.123Z', 456n), false],
    ['2025-03-14T11:34:02.123456000Z', utc('2025-03-14T11:34:02.123Z', 456n), true],
    ['2016-12-31T23:59:60Z', utc('2016-12-31T23:59:59.999Z', 999n), false],
    ['14/Mar/2025:10:00:00 +0100', utc('2025-03-14T09:00:00Z'), true],
    ['1741952042.133169', utc('2025-03-14T11:34:02.133Z', 169n), true],
    ['1741952042133', utc('2025-03-14T11:34:02.133Z'), true],
    ['1741952042133169', utc('2025-03-14T11:34:02.133Z', 169n), true],
    ['1741952042133169000', utc('2025-03-14T11:34:02.133Z', 169n), true],
    ['1741952042133169001', utc('2025-03-14T11:34:02.133Z', 169n), false],
    ['1.741952042e9', utc('2025-03-14T11:34:02Z'), true],
  ])('%s', (text, micros, exact) => expect(read(text)).toEqual({ micros, exact }))

  test.each(['2025-03-14T11:34:02', '2025-03-14', '', 'now', '0', '1', '99999999', '20250314', '-5', '14/Mar/2025'])(
    'is not %j: whose it is, or of which unit, would be a guess',
    (text) => expect(read(text)).toBeUndefined(),
  )

  test.each<[TimeForm, string, bigint]>([
    ['epoch-s', '5', 5_000_000n],
    ['epoch-ms', '5', 5_000n],
    ['epoch-us', '5', 5n],
    ['epoch-ns', '5000', 5n],
    [PATTERNS[0]!, '2025-03-14 11:34:02', utc('2025-03-14T11:34:02Z')],
  ])('of the form %j is %s', (form, text, micros) => expect(read(text, form)).toEqual({ micros, exact: true }))
})

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })
const written = fc
  .record({
    date: fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    separator: fc.constantFrom('T', 't', ' '),
    fraction: fc.oneof(
      fc.constant(''),
      digits(1, 9).map((text) => `.${text}`),
      digits(1, 9).map((text) => `,${text}`),
    ),
    zone: fc.constantFrom('Z', 'z', '+00:00', '+0530', '-08', '+2359', ' Z', '', '+24:00', '+1:00'),
  })
  .map(({ date, separator, fraction, zone }) => {
    const text = date.toISOString()
    return `${text.slice(0, 10)}${separator}${text.slice(11, 19)}${fraction}${zone}`
  })
const texts = fc.oneof(
  written,
  written.map((text) => text.replace(/:\d\d(?=[^:]*$)/, ':60')),
  fc
    .record({
      day: digits(2, 2),
      name: fc.constantFrom('Jan', 'Feb', 'Dec', 'Mrz'),
      rest: fc.constantFrom('+0100', '-2400'),
    })
    .map(({ day, name, rest }) => `${day}/${name}/2025:01:02:03 ${rest}`),
  fc
    .tuple(fc.constantFrom('', '-'), digits(0, 21), fc.option(digits(0, 12)), fc.constantFrom('', 'e3', 'E-4', 'e+400'))
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent}`),
  digits(14, 14),
  digits(8, 8).map((text) => `${text.slice(0, 2)}.${text.slice(2, 4)}.2025 ${text.slice(4, 6)}.1234`),
)

describe('readers written apart from each other', () => {
  test('read the same, in every form, also of texts with an accident', () => {
    const accident = fc.option(fc.tuple(fc.nat(40), fc.constantFrom(...'0123456789-+:.,/TZ eé')), { freq: 2 })
    fc.assert(
      fc.property(texts, accident, (text, change) => {
        const altered = change === null ? text : text.slice(0, change[0]) + change[1] + text.slice(change[0] + 1)
        for (const form of FORMS) expect(readInstant(altered, form), JSON.stringify(form)).toEqual(read(altered, form))
      }),
      runs(2000),
    )
  })

  test('and what is plainly a time is RFC 3339 or of an access log', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text)
        const wanted = read(text, 'rfc3339') ?? read(text, 'access-log')
        expect(WRITTEN_TIME.bytes(bytes, 0, bytes.length)).toEqual(wanted)
      }),
      runs(1000),
    )
  })
})
