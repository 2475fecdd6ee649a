import { describe, expect, test } from 'vitest'
import { compileRules } from '../../lib/shred/rules.ts'
import { Scanner } from '../../lib/shred/scanner.ts'
import { Shredder } from '../../lib/shred/shredder.ts'

const LIMITS = { maxDepth: 8, maxPaths: 1_000, rowGroupBytes: 2 ** 25 }

/** A shredder that has learnt the columns of `first`. */
function learnt(first: string, overrides: Parameters<typeof compileRules>[0] = {}): Shredder {
  const shredder = new Shredder({ rules: compileRules(overrides, undefined), base: [], fixed: false, limits: LIMITS })
  const bytes = Buffer.from(first)
  expect(shredder.line(bytes, 0, bytes.length)).toBeUndefined()
  return shredder
}

/** How many of the lines are taken in one go. */
function taken(shredder: Shredder, lines: readonly string[], maxLineBytes = 2 ** 20): number {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const { rows, end } = shredder.rows({ bytes, start: 0, end: bytes.length }, maxLineBytes)
  expect(end).toBe(
    Buffer.byteLength(
      lines
        .slice(0, rows)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  )
  return rows
}

/** These should cost little: a line that is left to the careful scanner takes five times as long. */
describe('plainly a row', () => {
  test.each([
    [
      'strings with and without escapes',
      '{"a":"x"}',
      ['{"a":""}', '{"a":"\\n\\u00e9\\ud83d\\ude00/"}', '{"a":"größe"}'],
    ],
    ['integers', '{"a":1}', ['{"a":-5}', '{"a":0}', '{"a":9007199254740992}']],
    [
      'integers beyond 2^53 in a column of such',
      '{"a":9223372036854775807}',
      ['{"a":-9223372036854775807}', '{"a":1}'],
    ],
    ['numbers', '{"a":1.5}', ['{"a":0.8092435722692832}', '{"a":-0.0}', '{"a":7}', '{"a":5.988e-05}', '{"a":1E5}']],
    ['booleans and nulls', '{"a":true}', ['{"a":false}', '{"a":null}', '{}']],
    ['white space', '{"a":1,"b":[1]}', [' { "a" : 1 ,\t"b" : [ 1 , 2 ] } ', '{"a":1}\r']],
    ['members in another order, and absent ones', '{"a":1,"b":2,"c":3}', ['{"c":1,"a":2}', '{"b":1}', '{}']],
    ['structs', '{"a":{"b":{"c":"x"}}}', ['{"a":{"b":{}}}', '{"a":null}', '{"a":{"b":{"c":"y"}}}']],
    ['lists of structs', '{"a":[{"b":1}]}', ['{"a":[]}', '{"a":[{"b":1},{},null,{"b":2}]}']],
  ])('%s', (_, first, lines) => {
    expect(taken(learnt(first), lines)).toBe(lines.length)
  })

  test('maps, json, dropped values and timestamps', () => {
    const overrides = { m: 'map', j: 'json', d: 'drop', t: 'timestamp' } as const
    const first = '{"m":{"x":1},"j":{"a":1},"d":[1],"t":"2025-03-14T12:00:00Z"}'
    const line = '{"m":{"y":2,"z":3},"j":[1,{"b":null}],"d":"x","t":"2025-03-14 12:00:00.123456+01:00"}'
    expect(taken(learnt(first, overrides), [line, first])).toBe(2)
  })
})

describe('left to the careful scanner, without a trace', () => {
  test.each([
    ['another kind of value', '{"a":"x"}'],
    ['an integer that is no longer exact', '{"a":9007199254740993}'],
    ['an unknown key', '{"a":1,"b":1}'],
    ['a key with an escape', '{"\\u0061":1}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['something behind it', '{"a":1}}'],
    ['a line that is cut', '{"a":1'],
    ['a blank line', ''],
    ['a number with a zero in front', '{"a":01}'],
    ['minus zero', '{"a":-0}'],
  ])('%s', (_, odd) => {
    const shredder = learnt('{"a":1}')
    expect(taken(shredder, ['{"a":2}', odd, '{"a":3}'])).toBe(1)
    expect(shredder.rowGroup()?.leaves[0]).toMatchObject({ entries: 2, values: { count: 2 } })
  })

  test('a line that is too long, and one that is too deep', () => {
    expect(taken(learnt('{"a":"x"}'), ['{"a":"12345"}', '{"a":"123456"}'], 13)).toBe(1)
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
    expect(taken(learnt('{"a":1}', { a: 'json' }), [deep(7), deep(8)])).toBe(1)
  })
})

test('it comes back when the rows are a multiple of 64, and once the row group is full', () => {
  const shredder = learnt('{"a":1}')
  expect(taken(shredder, Array(100).fill('{"a":1}'))).toBe(63)
  expect(taken(shredder, Array(100).fill('{"a":1}'))).toBe(64)
  const small = new Shredder({
    rules: compileRules({}, undefined),
    base: [{ key: 'a', name: 'a', type: { kind: 'int64', exact: true } }],
    fixed: false,
    limits: { ...LIMITS, rowGroupBytes: 15 },
  })
  expect(taken(small, Array(9).fill('{"a":1}'))).toBe(3)
  expect(small.rowGroupFull).toBe(true)
})

test('a scanner serves one hour after another', () => {
  const scanner = new Scanner()
  const wanted = ['{"a":"one"}', '{"b":[1,2]}', '{"a":"two"}']
  for (const line of wanted) {
    const rules = compileRules({}, undefined)
    const shredder = new Shredder({ rules, base: [], fixed: false, limits: LIMITS, scanner })
    const bytes = Buffer.from(line)
    shredder.line(bytes, 0, bytes.length)
    expect(taken(shredder, [line, line])).toBe(2)
    expect(shredder.finish()).toMatchObject({ complete: true, profile: { fields: [[line[2], {}]] } })
    shredder.free()
  }
})

test('columns far larger than its first memory come back whole', () => {
  const shredder = learnt('{"a":"x","b":1}')
  const texts = Array.from({ length: 40 }, (_, i) => `${i}`.repeat(200_000))
  for (const [i, text] of texts.entries()) expect(taken(shredder, [`{"a":"${text}","b":${i}}`])).toBe(1)
  const [a, b] = shredder.rowGroup()!.leaves
  if (a?.values.physical !== 'BYTE_ARRAY' || b?.values.physical !== 'INT64') throw new Error('other columns')
  const { bytes, offsets } = a.values.dictionary
  const seen = Array.from(a.values.ids, (id) => Buffer.from(bytes.subarray(offsets[id], offsets[id + 1])).toString())
  expect(seen.slice(1)).toEqual(texts)
  expect([...b.values.values].slice(1)).toEqual(texts.map((_, i) => BigInt(i)))
})

test('a row group closes soon after rows whose absent values fill it, however they are taken', () => {
  const first = `{"a":[{${Array.from({ length: 100 }, (_, i) => `"k${i}":1`).join(',')}}]}`
  const line = `{"a":[${Array(20_000).fill('{}').join(',')}]}`
  const [one, other] = [learnt(first), learnt(first)]
  for (let rows = 1; rows <= 5; rows++) {
    const bytes = Buffer.from(`${line}\n`)
    expect(one.line(bytes, 0, bytes.length - 1)).toBeUndefined()
    expect(taken(other, [line])).toBe(1)
    expect([one.rowGroupFull, other.rowGroupFull]).toEqual([rows === 5, rows === 5])
  }
  expect(taken(learnt(first), [line, line])).toBe(1)
})
