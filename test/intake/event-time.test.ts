import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventTimeReader } from '../../lib/intake/event-time.ts'
import type { TimeForm } from '../../lib/time/time-form.ts'
import { thrownBy } from '../thrown.ts'

/** The time of an event whose JSON is `{"t":…}`. */
function timeOf(written: string, form: TimeForm = 'auto') {
  const json = `{"t":${written}}`
  const value = JSON.parse(json) as Readonly<Record<string, unknown>>
  return eventTimeReader({ path: 't', form })({ json: Buffer.from(json), value })
}

function microsOf(written: string, form: TimeForm = 'auto'): bigint | string {
  const time = timeOf(written, form)
  return time.kind === 'time' ? time.micros : time.kind
}

const utc = (iso: string, micros = 0n) => BigInt(Date.parse(iso)) * 1000n + micros

describe('RFC 3339', () => {
  test.each([
    ['2025-03-14T01:02:03Z', utc('2025-03-14T01:02:03Z')],
    ['2025-03-14t01:02:03.000004z', utc('2025-03-14T01:02:03Z', 4n)],
    ['2025-03-14 01:02:03.5+01:00', utc('2025-03-14T00:02:03.5Z')],
    ['2025-03-14T01:02:03,123+0530', utc('2025-03-13T19:32:03.123Z')],
    ['2025-03-14T01:02:03-08', utc('2025-03-14T09:02:03Z')],
    ['2025-03-14T23:59:59.999999999Z', utc('2025-03-14T23:59:59.999Z', 999n)],
    ['2025-03-30T02:30:00+01:00', utc('2025-03-30T01:30:00Z')], // an hour that no clock in Berlin showed
    ['2025-10-26T02:30:00+02:00', utc('2025-10-26T00:30:00Z')],
    ['2025-10-26T02:30:00+01:00', utc('2025-10-26T01:30:00Z')],
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['0001-01-01T00:00:00Z', utc('0001-01-01T00:00:00Z')],
    ['9999-12-31T23:59:59Z', utc('9999-12-31T23:59:59Z')],
    ['2024-02-29T00:00:00Z', utc('2024-02-29T00:00:00Z')],
  ])('%s', (text, micros) => {
    expect(microsOf(`"${text}"`, 'rfc3339')).toBe(micros)
    expect(microsOf(`"${text}"`)).toBe(micros)
  })

  test.each([
    '2025-03-14T01:02:03',
    '2025-03-14',
    '2025-02-29T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-03-14T24:00:00Z',
    '2025-03-14T01:60:00Z',
    '2025-03-14T01:02:61Z',
    '2025-03-14T01:02:03+24:00',
    '2025-03-14T01:02:03.Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '٢٠٢٥-03-14T01:02:03Z',
    'yesterday',
  ])('%s is none', (text) => {
    expect(timeOf(JSON.stringify(text))).toEqual({ kind: 'impossible', seen: JSON.stringify(text) })
  })

  test('is what Date makes of it, to the millisecond', () => {
    const date = fc.date({ min: new Date('0002-01-01'), max: new Date('9998-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(date, fc.integer({ min: -1439, max: 1439 }), (when, minutes) => {
        const local = new Date(when.getTime() + minutes * 60_000).toISOString().slice(0, -1)
        const zone = `${minutes < 0 ? '-' : '+'}${clock(Math.abs(minutes))}`
        expect(microsOf(`"${local}${zone}"`)).toBe(BigInt(when.getTime()) * 1000n)
      }),
    )
  })
})

const clock = (minutes: number) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

describe('leap seconds', () => {
  test('stay in the day and the hour that they were written in', () => {
    const last = utc('2016-12-31T23:59:59Z', 999_999n)
    expect(microsOf('"2016-12-31T23:59:60Z"')).toBe(last)
    expect(microsOf('"2016-12-31T23:59:60.5Z"')).toBe(last)
    expect(microsOf('"2017-01-01T00:59:60+01:00"')).toBe(last)
    expect(microsOf('"01/Jan/2017:00:59:60 +0100"')).toBe(last)
    expect(microsOf('"2015-06-30T23:59:60Z"')).toBe(utc('2015-06-30T23:59:59Z', 999_999n))
  })

  test.each([
    '2016-12-30T23:59:60Z',
    '2016-12-31T22:59:60Z',
    '2016-12-31T23:58:60Z',
    '2017-01-01T00:59:60Z',
    '1970-01-01T00:00:60Z',
  ])('%s is none', (text) => {
    expect(microsOf(`"${text}"`)).toBe('impossible')
  })
})

describe('the form of access logs', () => {
  test('with any offset', () => {
    expect(microsOf('"14/Mar/2025:01:02:03 +0100"')).toBe(utc('2025-03-14T00:02:03Z'))
    expect(microsOf('"31/Dec/2024:20:00:00 -0800"', 'access-log')).toBe(utc('2025-01-01T04:00:00Z'))
  })

  test.each(['14/Mrz/2025:01:02:03 +0100', '31/Feb/2025:01:02:03 +0000', '14/Mar/2025:01:02:03', '14/Mar/2025'])(
    '%s is none',
    (text) => expect(microsOf(`"${text}"`)).toBe('impossible'),
  )
})

describe('epochs', () => {
  test.each<[string, TimeForm, bigint]>([
    ['1741914123', 'epoch-s', 1_741_914_123_000_000n],
    ['1741914123.123456', 'epoch-s', 1_741_914_123_123_456n],
    ['"1741914123.1234567"', 'epoch-s', 1_741_914_123_123_456n],
    ['1.741914123e9', 'epoch-s', 1_741_914_123_000_000n],
    ['"1.741914123E+09"', 'epoch-s', 1_741_914_123_000_000n],
    ['1741914123123', 'epoch-ms', 1_741_914_123_123_000n],
    ['1741914123123.4', 'epoch-ms', 1_741_914_123_123_400n],
    ['1741914123123456', 'epoch-us', 1_741_914_123_123_456n],
    ['"1741914123123456789"', 'epoch-ns', 1_741_914_123_123_456n],
    // As a double this is in the next hour.
    ['1741913999999999999', 'epoch-ns', 1_741_913_999_999_999n],
    ['0', 'epoch-s', 0n],
    ['-0.0', 'epoch-s', 0n],
    ['-1', 'epoch-s', -1_000_000n],
    ['-1', 'epoch-ns', -1n],
    ['-1000', 'epoch-ns', -1n],
    ['-1.0000001', 'epoch-s', -1_000_001n],
    ['1e-7', 'epoch-s', 0n],
    ['"00000000001741914123"', 'epoch-s', 1_741_914_123_000_000n],
    [`"1.${'0'.repeat(10_000)}1"`, 'epoch-s', 1_000_000n],
  ])('%s as %s', (written, form, micros) => expect(microsOf(written, form)).toBe(micros))

  test('auto tells the unit by the size', () => {
    const micros = 1_741_914_123_123_456n
    for (const sign of [1n, -1n]) {
      expect(microsOf(String((sign * micros) / 1_000_000n))).toBe(sign * 1_741_914_123_000_000n)
      expect(microsOf(String((sign * micros) / 1_000n))).toBe(sign * 1_741_914_123_123_000n)
      expect(microsOf(String(sign * micros))).toBe(sign * micros)
      expect(microsOf(`${sign * micros}000`)).toBe(sign * micros)
      expect(microsOf(`"${sign * micros}000"`)).toBe(sign * micros)
    }
  })

  test.each([
    'true',
    'false',
    '{}',
    '[1741914123]',
    '1e400',
    '1e300',
    '"1e99"',
    '"NaN"',
    '"Infinity"',
    '"-"',
    '"0x10"',
    '"1_000"',
  ])('%s is none', (written) => {
    for (const form of ['auto', 'epoch-s', 'epoch-ns'] as const) expect(microsOf(written, form)).toBe('impossible')
  })

  test('a number of digits without end costs no more than its length', () => {
    expect(timeOf(`"${'9'.repeat(1_000_000)}"`)).toEqual({ kind: 'impossible', seen: `"${'9'.repeat(60)}…"` })
    expect(microsOf('9'.repeat(100_000))).toBe('impossible')
  })

  test('every microsecond, as a number and as text, in each unit', () => {
    const micros = fc.bigInt({ min: utc('0001-01-01T00:00:00Z'), max: utc('9999-12-31T23:59:59Z') })
    fc.assert(
      fc.property(micros, (at) => {
        expect(microsOf(`"${decimal(at, 6)}"`, 'epoch-s')).toBe(at)
        expect(microsOf(`"${decimal(at, 3)}"`, 'epoch-ms')).toBe(at)
        expect(microsOf(String(at), 'epoch-us')).toBe(at)
        expect(microsOf(String(at * 1000n), 'epoch-ns')).toBe(at)
      }),
    )
  })
})

/** An integer with its last digits behind a point. */
function decimal(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

describe('a declared pattern', () => {
  test.each([
    ['yyyy-MM-dd HH:mm:ss', '2025-03-14 01:02:03', 'Z', utc('2025-03-14T01:02:03Z')],
    ['yyyy-MM-dd HH:mm:ss,SSS', '2025-03-14 01:02:03,004', '+01:00', utc('2025-03-14T00:02:03.004Z')],
    ['yyyyMMddTHHmmssZ', '20250314T010203Z', 'Z', utc('2025-03-14T01:02:03Z')],
    ['dd.MM.yyyy (HH)', '14.03.2025 (07)', '-08:00', utc('2025-03-14T15:00:00Z')],
    ['[yyyy/MM/dd] HH:mm:ss.SSSSSSSSS', '[2025/03/14] 01:02:03.123456789', 'Z', utc('2025-03-14T01:02:03.123Z', 456n)],
  ])('%s', (pattern, text, offset, micros) => {
    expect(microsOf(JSON.stringify(text), { pattern, offset })).toBe(micros)
    expect(microsOf(JSON.stringify(`${text} `), { pattern, offset })).toBe('impossible')
  })

  test('reads a number by its digits', () => {
    expect(microsOf('20250314010203', { pattern: 'yyyyMMddHHmmss', offset: 'Z' })).toBe(utc('2025-03-14T01:02:03Z'))
  })

  test.each([
    'yyyy-MM-dd',
    'HH:mm',
    'yy-MM-dd HH',
    'yyyy-MMM-dd HH',
    'yyyy-MM-dd HH yyyy',
    'yyyy-MM-dd HH SSSSSSSSSS',
    '',
  ])('refuses %s', async (pattern) => {
    const error = await thrownBy(() => eventTimeReader({ path: 't', form: { pattern, offset: 'Z' } }))
    expect(error.code).toBe('usage')
  })
})

describe('the path', () => {
  const event = (json: string) => ({ json: Buffer.from(json), value: JSON.parse(json) as Record<string, unknown> })
  const kindAt = (path: string, json: string) => eventTimeReader({ path, form: 'auto' })(event(json)).kind

  test.each([
    ['a.b', '{"a":{"b":1741914123}}', 'time'],
    ['a\\.b', '{"a.b":1741914123}', 'time'],
    ['__proto__.t', '{"__proto__":{"t":1741914123}}', 'time'],
    ['\\e', '{"":1741914123}', 'time'],
    ['a.b', '{"a.b":1}', 'missing'],
    ['a.b', '{"a":null}', 'missing'],
    ['a.b', '{"a":[{"b":1}]}', 'missing'],
    ['a.length', '{"a":"text"}', 'missing'],
    ['constructor', '{}', 'missing'],
    ['__proto__', '{}', 'missing'],
    ['t', '{"t":null}', 'missing'],
    ['t', '{"t":""}', 'missing'],
    ['t', '{"t":" "}', 'impossible'],
  ])('%s in %s: %s', (path, json, kind) => expect(kindAt(path, json)).toBe(kind))

  test('nanoseconds further in are read from the text, of equal keys from the last', () => {
    const json = '{"a":1,"x":{"t":5,"\\u0074":1741913999999999999}}'
    const time = eventTimeReader({ path: 'x.t', form: 'auto' })(event(json))
    expect(time).toEqual({ kind: 'time', micros: 1_741_913_999_999_999n })
  })

  test.each(['a[]', 'a.*', '', 'a..b'])('refuses %j', async (path) => {
    expect((await thrownBy(() => eventTimeReader({ path, form: 'auto' }))).code).toBe('usage')
  })
})
