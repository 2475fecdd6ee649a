import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonl } from '../../lib/intake/formats/jsonl.ts'
import { cutAt, cuts, LIMITS, readAll } from './read-all.ts'

const deep = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`

describe('jsonl', () => {
  test('gives each line as it is, with its place', async () => {
    const content = '\ufeff{"id":9007199254740993,"x":1.10}\r\n\n  {"a" : [1, 2]}  \n \t\r\n{"last":true}'
    expect(await readAll(jsonl, content)).toMatchObject({
      blank: 2,
      readings: [
        { json: '{"id":9007199254740993,"x":1.10}', value: { x: 1.1 }, line: 1, byte: 3 },
        { json: '  {"a" : [1, 2]}  ', value: { a: [1, 2] }, line: 3, byte: 38 },
        { json: '{"last":true}', value: { last: true }, line: 5, byte: 61 },
      ],
    })
  })

  test('an empty file has no events', async () => {
    expect(await readAll(jsonl, '')).toEqual({ readings: [], blank: 0, heldBytes: 0 })
  })

  test.each([
    ['not_json', '{"a":1,}'],
    ['not_json', '{"a":1} {"b":2}'],
    ['not_json', '\0\0\0'],
    ['not_object', '[{"a":1}]'],
    ['not_object', 'null'],
    ['not_object', '"text"'],
    ['too_deep', deep(LIMITS.maxDepth + 1)],
    ['too_deep', '['.repeat(40)],
  ])('%s: %s', async (reason, line) => {
    const { readings } = await readAll(jsonl, `{"before":1}\n${line}\n{"after":1}\n`)
    expect(readings).toMatchObject([
      { json: '{"before":1}' },
      { reason, text: line, part: 1, line: 2, byte: 13 },
      { json: '{"after":1}', line: 3 },
    ])
  })

  test('takes what is as deep as it may be, and brackets in texts for text', async () => {
    const lines = [deep(LIMITS.maxDepth), `{"a":"\\"${'[{'.repeat(99)}"}`]
    const { readings } = await readAll(jsonl, lines.join('\n'))
    expect(readings).toMatchObject(lines.map((json) => ({ json })))
  })

  test('not_utf8: the line alone', async () => {
    const content = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{"a":"é"}\n')])
    expect((await readAll(jsonl, content)).readings).toMatchObject([
      { reason: 'not_utf8', text: '{"a":"\xff"}' },
      { value: { a: 'é' } },
    ])
  })

  test('the last of two equal keys counts; __proto__ is a key like any other; escaped keys are what they stand for', async () => {
    const lines = ['{"a":1,"a":2}', '{"__proto__":{"t":1}}', '{"\\u0061b":1}', '{"ab":2,"\\u0061b":3}']
    const values = (await readAll(jsonl, lines.join('\n'))).readings.map((one) => 'value' in one && one.value)
    expect(values.map((value) => JSON.stringify(value))).toEqual([
      '{"a":2}',
      '{"__proto__":{"t":1}}',
      '{"ab":1}',
      '{"ab":3}',
    ])
  })

  test('a line that is too long comes in pieces, of which together nothing is lost', async () => {
    const long = `{"a":"${'x'.repeat(10_000)}"}`
    const { readings } = await readAll(jsonl, `${long}\n{"b":1}\n`)
    expect(readings.map((one) => ('part' in one ? [one.reason, one.part, one.line] : one.json))).toEqual([
      ['too_long', 1, 1],
      ['too_long', 2, 1],
      ['too_long', 3, 1],
      '{"b":1}',
    ])
    expect(readings.map((one) => ('text' in one ? one.text : '')).join('')).toBe(long)
  })

  test('a line of 2 GB holds no more than a line may', async () => {
    const chunk = Buffer.alloc(64 * 1024, 0x61)
    const chunks = (2 * 2 ** 30) / chunk.length
    const content = async function* () {
      for (let i = 0; i < chunks; i++) yield chunk
      yield Buffer.from('\n{"b":1}\n')
    }
    const limits = { ...LIMITS, maxLineBytes: 2 ** 20 }
    const batches = jsonl.read(content(), undefined, limits)
    let bytes = 0
    let most = 0
    let events = 0
    for await (const batch of batches) {
      const texts = batch.map((one) => (one.kind === 'rejected' ? one.text.length : 0))
      bytes += texts.reduce((total, one) => total + one, 0)
      most = Math.max(most, ...texts)
      events += batch.filter(({ kind }) => kind === 'event').length
    }
    expect({ bytes, most, events }).toEqual({ bytes: 2 * 2 ** 30, most: 2 ** 20, events: 1 })
  })

  test('is what JSON.parse makes of each line, wherever chunks end', async () => {
    const line = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), fc.jsonValue()).map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary', maxLength: 9 }),
      fc.constantFrom('', ' ', '\r', '{"a":1}\r', '{}', `{"a":"${'é'.repeat(40)}"}`),
    )
    const limits = { maxLineBytes: 70, maxDepth: 100 }
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.constantFrom('', '\n'), cuts, async (lines, end, places) => {
        const bytes = Buffer.from(lines.join('\n') + end)
        const whole = await readAll(jsonl, bytes, limits)
        expect(await readAll(jsonl, cutAt(bytes, places), limits)).toEqual({ ...whole, heldBytes: expect.any(Number) })
        const texts = bytes
          .toString('utf8')
          .replace(/^\ufeff/, '')
          .split('\n')
        const objects = texts.filter((text) => Buffer.byteLength(text) <= limits.maxLineBytes).flatMap(asObject)
        const events = whole.readings.flatMap((one) => ('value' in one ? [one.value] : []))
        expect(events).toEqual(objects)
      }),
    )
  })
})

function asObject(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : []
  } catch {
    return []
  }
}
