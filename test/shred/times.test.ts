import { describe, expect, test } from 'vitest'
import type { Override } from '../../lib/config.ts'
import { learnSchema } from '../../lib/shred/learn.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { compileRules, type ShredRules } from '../../lib/shred/rules.ts'
import { learntToJson, schemaFromJson, schemaToJson } from '../../lib/shred/schema-json.ts'
import { Shredder, type ShredResult } from '../../lib/shred/shredder.ts'
import type { Schema } from '../../lib/shred/type.ts'

const LIMITS = { maxDepth: 8, maxPaths: 1_000, rowGroupBytes: 2 ** 25 }
const DETECT = compileRules({}, undefined, 'detect')

interface Shredded extends ShredResult {
  readonly reasons: readonly (string | undefined)[]
  /** Of the first column. */
  readonly values: readonly unknown[]
}

/** `fast`: as many lines as the scanner takes go to it. */
function shred(lines: readonly string[], rules: ShredRules, fast: boolean, base: Schema = [], fixed = false): Shredded {
  const shredder = new Shredder({ rules, base, fixed, limits: LIMITS })
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const reasons: (string | undefined)[] = []
  for (let start = 0; start < bytes.length; ) {
    if (fast) {
      const taken = shredder.rows({ bytes, start, end: bytes.length }, 2 ** 20)
      for (let i = 0; i < taken.rows; i++) reasons.push(undefined)
      start = taken.end
      if (start === bytes.length) break
    }
    const end = bytes.indexOf(0x0a, start)
    reasons.push(shredder.line(bytes, start, end)?.reason)
    start = end + 1
  }
  const leaf = shredder.rowGroup()?.leaves[0]
  const values: unknown[] = []
  if (leaf?.values.physical === 'INT64') values.push(...leaf.values.values.subarray(0, leaf.values.count))
  if (leaf?.values.physical === 'BYTE_ARRAY') {
    const { ids, count, dictionary } = leaf.values
    for (const id of ids.subarray(0, count))
      values.push(Buffer.from(dictionary.bytes.subarray(dictionary.offsets[id], dictionary.offsets[id + 1])).toString())
  }
  return { ...shredder.finish(), reasons, values }
}

/** As an hour is converted: once more with the columns that were found, where those of the first reading were others. */
function convert(lines: readonly string[], rules: ShredRules, base: Schema = []): Shredded {
  const [slow, fast] = [false, true].map((way) => {
    const first = shred(lines, rules, way, base)
    const second = first.complete ? first : shred(lines, rules, way, first.schema, true)
    return { ...second, profile: first.profile, schema: first.schema }
  })
  expect(fast).toEqual(slow)
  return fast!
}

const at = (value: string) => `{"t":${value}}`
const MICROS = 1_741_952_042_133_169n

describe('a timestamp override', () => {
  const only = (override: Override, value: string) => {
    const { reasons, values, schema } = convert([at('null'), at(value)], compileRules({ t: override }, undefined))
    expect(schemaToJson(schema)).toEqual([{ name: 't', type: 'timestamp' }])
    expect(reasons[0]).toBeUndefined()
    return reasons[1] ?? values[0]
  }

  test.each([
    ['"2025-03-14T11:34:02.133169+0000"', MICROS],
    ['"2025-03-14T11:34:02.133169+00"', MICROS],
    ['"2025-03-14T11:34:02,133169 z"', MICROS],
    ['"2025-03-14T17:04:02.133169+0530"', MICROS],
    ['"14/Mar/2025:12:34:02 +0100"', MICROS - 133_169n],
    ['1741952042.133169', MICROS],
    ['1741952042133169', MICROS],
    ['1741952042133169000', MICROS],
    ['"1741952042.133169"', MICROS],
    ['1741952042133', MICROS - 169n],
    ['"2025-03-14T11:34:02.133169"', 'timestamp'],
    ['"2025-03-14T11:34:02.1331691Z"', 'timestamp'],
    ['1741952042133169001', 'timestamp'],
    ['"2016-12-31T23:59:60Z"', 'timestamp'],
    ['5', 'timestamp'],
    ['true', 'timestamp'],
    ['{}', 'timestamp'],
    ['[1741952042]', 'timestamp'],
    ['""', 'timestamp'],
  ])('makes of %s %s', (value, wanted) => expect(only('timestamp', value)).toBe(wanted))

  test.each<[Override, string, unknown]>([
    [{ timestamp: 'epoch-ms' }, '5', 5_000n],
    [{ timestamp: 'epoch-s' }, '"5.000001"', 5_000_001n],
    [{ timestamp: 'epoch-ms' }, '"2025-03-14T11:34:02Z"', 'timestamp'],
    [{ timestamp: 'access-log' }, '"2025-03-14T11:34:02Z"', 'timestamp'],
    [{ timestamp: 'rfc3339' }, '1741952042', 'timestamp'],
    [{ timestamp: { pattern: 'yyyy-MM-dd HH:mm:ss', offset: '+01:00' } }, '"1970-01-01 01:00:05"', 5_000_000n],
    [{ timestamp: { pattern: 'yyyy-MM-dd HH:mm:ss', offset: 'Z' } }, '"1970-01-01T00:00:05Z"', 'timestamp'],
  ])('%j makes of %s %s', (override, value, wanted) => expect(only(override, value)).toBe(wanted))

  test('of a declared column reads numbers too', () => {
    const declared = schemaFromJson([{ name: 't', type: 'timestamp' }])
    const lines = [at('1741952042.133169'), at('"x"'), at('7')]
    const { reasons, values } = convert(lines, compileRules({}, declared))
    expect(reasons.map((reason) => reason !== undefined)).toEqual([false, true, true])
    expect(values).toEqual([MICROS])
    expect(convert(lines, compileRules({ t: { timestamp: 'epoch-s' } }, declared)).values).toEqual([MICROS, 7_000_000n])
  })
})

describe('texts that are times', () => {
  const TIMES = ['"2025-03-14T00:00:00Z"', '"2025-03-14T01:00:00.5+0100"', '"14/Mar/2025:00:00:01 +0000"']
  const MOMENTS = [1_741_910_400_000_000n, 1_741_910_400_500_000n, 1_741_910_401_000_000n]
  const kind = ({ schema }: Shredded) => schemaToJson(schema).map(({ type }) => type)

  test('stay texts unless times are to be detected', () => {
    const { values, profile } = convert(TIMES.map(at), compileRules({}, undefined))
    expect(values).toEqual(TIMES.map((text) => JSON.parse(text)))
    expect(profile).toEqual({ fields: [['t', { strings: 3 }]] })
  })

  test('are timestamps where all are, and nothing is rejected', () => {
    const found = convert([...TIMES, 'null'].map(at), DETECT)
    expect(kind(found)).toEqual(['timestamp'])
    expect(found.values).toEqual(MOMENTS)
    expect(found.profile.fields).toEqual([['t', { nulls: 1, strings: 3, timed: true }]])
  })

  test.each([
    ['"later"'],
    ['""'],
    ['"2025-03-14T00:00:00"'],
    ['"1741952042"'],
    ['"2025-03-14T00:00:00.0000001Z"'],
    ['"2016-12-31T23:59:60Z"'],
  ])('keep every text where one, %s, is none, first or last', (odd) => {
    for (const values of [
      [odd, ...TIMES],
      [...TIMES, odd],
      [TIMES[0]!, odd, TIMES[1]!],
    ]) {
      const found = convert(values.map(at), DETECT)
      expect(kind(found)).toEqual(['string'])
      expect(found.values).toEqual(values.map((text) => JSON.parse(text)))
      expect(found.reasons.filter((reason) => reason !== undefined)).toEqual([])
      expect(found.profile.fields).toEqual([['t', { strings: values.length }]])
    }
  })

  test('beside other kinds are json, and keep their text', () => {
    const found = convert([TIMES[0]!, '5'].map(at), DETECT)
    expect(kind(found)).toEqual(['json'])
    expect(found.values).toEqual([TIMES[0], '5'])
  })

  test('a line that is no row leaves no trace', () => {
    const found = convert([at(TIMES[0]!), '{"t":"later"', at(TIMES[1]!)], DETECT)
    expect(kind(found)).toEqual(['timestamp'])
    expect(found.reasons).toEqual([undefined, 'not_json', undefined])
  })

  test('are what they are, whatever was learnt before', () => {
    for (const type of ['string', 'timestamp'] as const) {
      const base = schemaFromJson([{ name: 't', type }])
      expect(convert(TIMES.map(at), DETECT, base).values).toEqual(MOMENTS)
      const mixed = convert([TIMES[0]!, '"later"'].map(at), DETECT, base)
      expect(mixed.values).toEqual(['2025-03-14T00:00:00Z', 'later'])
      expect(mixed.reasons).toEqual([undefined, undefined])
    }
  })

  test('that were detected before are texts again without the setting, and none is rejected', () => {
    const base = schemaFromJson([{ name: 't', type: 'timestamp' }])
    for (const texts of [TIMES, ['"later"'], ['"later"', TIMES[0]!]]) {
      const found = convert(texts.map(at), compileRules({}, undefined), base)
      expect(found.reasons.every((reason) => reason === undefined)).toBe(true)
      expect(found.values).toEqual(texts.map((text) => JSON.parse(text)))
    }
  })

  test('in lists, structs and maps are found too', () => {
    const line = (time: string) => `{"l":[${time}],"s":{"x":${time}},"m":{"k":${time}}}`
    const rules = compileRules({ m: 'map' }, undefined, 'detect')
    expect(kind(convert([line(TIMES[0]!), line(TIMES[1]!)], rules))).toEqual([
      { list: 'timestamp' },
      { struct: [{ name: 'x', type: 'timestamp' }] },
      { map: 'timestamp' },
    ])
    expect(kind(convert([line(TIMES[0]!), line('"later"')], rules))).toEqual([
      { list: 'string' },
      { struct: [{ name: 'x', type: 'string' }] },
      { map: 'string' },
    ])
  })

  test('of a member that was not looked at are no times when its object becomes a map', () => {
    const rules = compileRules({ 'm.k0': 'json' }, undefined, 'detect')
    const lines = Array.from({ length: 80 }, (_, i) => `{"m":{"k${i}":${i === 0 ? '"later"' : TIMES[0]}}}`)
    expect(kind(convert(lines, rules))).toEqual([{ map: 'string' }])
    expect(kind(convert(lines.slice(1), rules))).toEqual([{ map: 'timestamp' }])
  })

  test('are learnt as what they were last', () => {
    const learnt = (profile: Profile, type: 'string' | 'timestamp') =>
      learntToJson(learnSchema(schemaFromJson([{ name: 't', type }]), profile, DETECT))[0]!.type
    const timed: Profile = { objects: 2, fields: [['t', { strings: 2, timed: true }]] }
    const untimed: Profile = { objects: 2, fields: [['t', { strings: 2 }]] }
    expect(learnt(timed, 'string')).toBe('timestamp')
    expect(learnt(timed, 'timestamp')).toBe('timestamp')
    expect(learnt(untimed, 'timestamp')).toBe('string')
    expect(learnt({ objects: 1, fields: [] }, 'timestamp')).toBe('timestamp')
  })
})
