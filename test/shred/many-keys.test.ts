import { describe, expect, test } from 'vitest'
import { compileRules } from '../../lib/shred/rules.ts'
import { Scanner } from '../../lib/shred/scanner.ts'
import { Shredder } from '../../lib/shred/shredder.ts'

const LIMITS = { maxDepth: 8, maxPaths: 20_000, rowGroupBytes: 2 ** 25 }

function newShredder(overrides: Parameters<typeof compileRules>[0] = {}, scanner = new Scanner()): Shredder {
  return new Shredder({ rules: compileRules(overrides, undefined), base: [], fixed: false, limits: LIMITS, scanner })
}

function takes(shredder: Shredder, line: string): string {
  const bytes = Buffer.from(line)
  return shredder.line(bytes, 0, bytes.length)?.reason ?? 'row'
}

/** Members of an object with more keys than columns should have. */
const MANY = Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join(',')

describe('an object with more keys than columns should have', () => {
  test('and one of them twice', () => {
    const shredder = newShredder()
    expect(takes(shredder, `{"a":{${MANY},"k1":2}}`)).toBe('row')
    const { profile } = shredder.finish()
    expect(profile.fields?.[0]?.[1].values).toEqual({ ints: 5_000 })
  })

  test.each([
    ['cut', `{"b":1,"a":{${MANY}`, 'not_json'],
    ['with a bad timestamp', `{"b":1,"a":{${MANY}},"t":"now"}`, 'timestamp'],
  ])('in a line that is no row: %s', (_, line, reason) => {
    const shredder = newShredder({ t: 'timestamp' })
    expect(takes(shredder, '{"a":{"x":1}}')).toBe('row')
    expect(takes(shredder, line)).toBe(reason)
    expect(takes(shredder, '{"a":{"x":2,"y":3}}')).toBe('row')
    const { profile } = shredder.finish()
    const a = new Map(profile.fields).get('a')
    expect(a?.objects).toBe(2)
    // Its keys are data once a line has shown so; the values are counted in any case.
    expect(a?.values ?? a?.fields?.map(([, field]) => field)).toEqual(
      reason === 'not_json' ? [{ ints: 2 }, { ints: 1 }] : { ints: 3 },
    )
    expect(() => shredder.rowGroup()).not.toThrow()
  })

  test('in a line that is no row, once nothing is written any more', () => {
    const shredder = newShredder()
    for (const line of ['{"a":{"x":1}}', '{"c":1}', '{"c":"clash"}']) expect(takes(shredder, line)).toBe('row')
    expect(shredder.rowGroup()).toBeUndefined()
    expect(takes(shredder, `{"a":{${MANY}`)).toBe('not_json')
    expect(new Map(shredder.finish().profile.fields).get('a')).toEqual({ objects: 1, fields: [['x', { ints: 1 }]] })
  })

  test('maps inside it stay maps', () => {
    const shredder = newShredder({ 'a.*': 'map' })
    const inner = Array.from({ length: 200 }, (_, i) => `{"a":{"k${i}":{"x${i}":1}}}`)
    for (const line of inner) expect(takes(shredder, line)).toBe('row')
    const values = new Map(shredder.finish().profile.fields).get('a')?.values
    expect(values).toEqual({ objects: 200, keys_are_data: true, values: { ints: 200 } })
  })
})

describe('the scanner of hour after hour', () => {
  test.each([
    ['containers that are empty at first', ['{"a":[],"b":{},"c":[{}]}', '{"a":[1],"b":{"x":1},"c":[{"y":1}]}']],
    ['keys that turn out to be data', Array.from({ length: 100 }, (_, i) => `{"a":{"k${i}":"x"}}`)],
    ['clashing kinds', ['{"a":1}', '{"a":"x"}', '{"b":1}']],
  ])('does not grow: %s', (_, lines) => {
    const scanner = new Scanner()
    const bytes = Buffer.from(lines.map((line) => `${line}\n`.repeat(10)).join(''))
    const hour = () => {
      const shredder = newShredder({}, scanner)
      for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
        end = bytes.indexOf(0x0a, start)
        expect(shredder.line(bytes, start, end)).toBeUndefined()
      }
      shredder.finish()
      shredder.free()
    }
    for (let i = 0; i < 3; i++) hour()
    const before = scanner.bytes.length
    for (let i = 0; i < 100; i++) hour()
    expect(scanner.bytes.length).toBe(before)
  })
})
