import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readerOf } from '../../lib/intake/read-format.ts'
import { type UploadFormat, uploadsSchema } from '../../lib/intake/settings.ts'
import { thrownBy } from '../thrown.ts'
import { cutAt, cuts, LIMITS, type Plain, readAll } from './read-all.ts'

const formatOf = (format: unknown): UploadFormat => uploadsSchema.parse({ format, timestamp: 'arrival' }).format
const reader = (pattern: string, more: object = {}) => readerOf(formatOf({ format: 'pattern', pattern, ...more }))
const told = (readings: readonly Plain[]) => readings.map((one) => ('json' in one ? one.json : [one.reason, one.text]))

const LOG = '(?<time>\\d{4}-\\d\\d-\\d\\d \\S+) (?<level>[A-Z]+) (?:(?<ms>[\\d.]+)ms )?(?<message>.*)'

describe('pattern', () => {
  test('named groups are members in their order, null where they took no part', async () => {
    const content = '\ufeff2025-03-14 01:02:03 INFO 1.50ms caf\u00e9 "x"\r\n\nnoise\n2025-03-14 01:02:04 WARN slow'
    const read = await readAll(reader(LOG, { types: { ms: 'double' } }), content)
    expect(read.blank).toBe(1)
    expect(read.readings).toEqual([
      {
        json: Buffer.from('{"time":"2025-03-14 01:02:03","level":"INFO","ms":1.50,"message":"café \\"x\\""}').toString(
          'latin1',
        ),
        value: { time: '2025-03-14 01:02:03', level: 'INFO', ms: 1.5, message: 'café "x"' },
        line: 1,
        byte: 3,
      },
      { reason: 'no_match', text: 'noise', part: 1, line: 3, byte: 47 },
      { json: expect.stringContaining('"ms":null'), value: expect.objectContaining({ ms: null }), line: 4, byte: 53 },
    ])
  })

  test('the whole line must match', async () => {
    expect(told((await readAll(reader('(?<a>\\d+)'), '1\nx1\n1x\n22')).readings)).toEqual([
      '{"a":"1"}',
      ['no_match', 'x1'],
      ['no_match', '1x'],
      '{"a":"22"}',
    ])
  })

  test.each([
    ['a look-ahead', { pattern: '(?<a>(?=x)x)' }, /no look-around/],
    ['a back-reference', { pattern: '(?<a>x)\\1' }, /cannot be used/],
    ['a bracket too few', { pattern: '(?<a>x' }, /missing closing/],
    ['too many states', { pattern: '(?<a>(x{1000}){1000})' }, /repeat/],
    ['a group twice', { pattern: '(?<a>x)(?<a>y)' }, /duplicate/],
    ['no named group', { pattern: '(x)' }, /no columns/],
    ['nothing', {}, /neither/],
    ['both', { pattern: '(?<a>x)', preset: 'aws-alb' }, /a preset and a pattern/],
    ['a continuation of nothing', { pattern: '(?<a>x)', continuation: 'b' }, /is no column/],
    ['a type of nothing', { pattern: '(?<a>x)', types: { b: 'bool' } }, /of no column/],
    ['a continuation of cloudfront', { preset: 'cloudfront', continuation: 'date' }, /one line each/],
  ])('refuses %s when it is configured', async (_, settings, message) => {
    const error = await thrownBy(() => readerOf(formatOf({ format: 'pattern', types: {}, ...settings })))
    expect(error.code).toBe('usage')
    expect(error.message).toMatch(message)
  })

  test.each(['(?<a>(a+)+)', '(?<a>(a|a)*)', '(?<a>(a|aa)+)', '(?<a>(.*)(.*)(.*)(.*)(.*)(.*))c', '(?<a>(a*)*)b'])(
    'no line is matched by backtracking: %s',
    async (pattern) => {
      const limits = { maxLineBytes: 200_000, maxDepth: 8 }
      const { readings } = await readAll(reader(pattern), `${'a'.repeat(50_000)}!\n`, limits)
      expect(readings).toMatchObject([{ reason: 'no_match' }])
    },
  )

  test('not_utf8 and too_long: the line alone', async () => {
    const long = 'x'.repeat(LIMITS.maxLineBytes + 1)
    const escapes = '"'.repeat(3000)
    const content = Buffer.concat([Buffer.from([0xff]), Buffer.from(`\n${long}\n${escapes}\n1`)])
    expect(told((await readAll(reader('(?<a>.*)'), content)).readings)).toEqual([
      ['not_utf8', '\xff'],
      ['too_long', long.slice(1)],
      ['too_long', 'x'],
      ['too_long', escapes],
      '{"a":"1"}',
    ])
  })
})

describe('continuation', () => {
  const continued = reader('(?<n>\\d) (?<message>.*)', { continuation: 'message' })

  test('lines of another form go the event before on; blank ones within it too', async () => {
    const content = 'lost\n\n1 a\n  at b\r\n\n \n  at c\n\n2 x\n\n\n3 \nmore'
    const read = await readAll(continued, content)
    expect(read.readings).toEqual([
      { reason: 'no_match', text: 'lost', part: 1, line: 1, byte: 0 },
      { json: expect.any(String), value: { n: '1', message: 'a\n  at b\n\n \n  at c' }, line: 3, byte: 6 },
      { json: '{"n":"2","message":"x"}', value: expect.anything(), line: 9, byte: 29 },
      { json: '{"n":"3","message":"\\nmore"}', value: expect.anything(), line: 12, byte: 35 },
    ])
    expect(read.blank).toBe(4)
  })

  test('an event does not grow without end: what goes beyond is rejected, each line of it', async () => {
    const line = 'y'.repeat(1000)
    const { readings } = await readAll(continued, `1 a\n${`${line}\n`.repeat(6)}2 b\n`)
    expect(told(readings)).toEqual([
      ['too_long', line],
      ['too_long', line],
      JSON.stringify({ n: '1', message: `a${`\n${line}`.repeat(4)}` }),
      '{"n":"2","message":"b"}',
    ])
    const { blank, readings: few } = await readAll(continued, `1 a\n${'\n'.repeat(9000)}go on\n`)
    expect(told(few)).toEqual(['{"n":"1","message":"a"}', ['no_match', 'go on']])
    expect(blank).toBe(9000)
  })

  test('a line that is no text ends the event', async () => {
    const content = Buffer.concat([Buffer.from('1 a\nb\n'), Buffer.from([0xff]), Buffer.from('\nc\n')])
    expect(told((await readAll(continued, content)).readings)).toEqual([
      '{"n":"1","message":"a\\nb"}',
      ['not_utf8', '\xff'],
      ['no_match', 'c'],
    ])
  })

  test('every line is somewhere, wherever chunks end', async () => {
    const line = fc.constantFrom('1 a', '2 b', 'x', ' y', '', ' ', '3 é', 'z\r')
    await fc.assert(
      fc.asyncProperty(fc.array(line), cuts, async (lines, places) => {
        const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''))
        const whole = await readAll(continued, bytes)
        const cut = await readAll(continued, cutAt(bytes, places))
        expect(cut).toEqual({ ...whole, heldBytes: cut.heldBytes })
        const held = whole.readings.map((one) =>
          'reason' in one ? 1 : (one.value as { readonly message: string }).message.split('\n').length,
        )
        expect(held.reduce((sum, count) => sum + count, 0) + whole.blank).toBe(lines.length)
      }),
    )
  })
})
