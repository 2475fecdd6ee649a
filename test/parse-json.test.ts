import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../lib/parse-json.ts'

/** What may stand in a key: how it is written, and what that means. */
const units = [
  ['a', 'a'],
  ['b', 'b'],
  ['u', 'u'],
  ['1', '1'],
  [':', ':'],
  ['é', 'é'],
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\/', '/'],
  ['\\b', '\b'],
  ['\\n', '\n'],
  ['\\u0061', 'a'],
  ['\\ud800', '\ud800'],
] as const

const written = fc.array(fc.constantFrom(...units), { maxLength: 3 }).map((parts) => ({
  text: parts.map(([text]) => text).join(''),
  means: parts.map(([, means]) => means).join(''),
}))
const space = fc.constantFrom('', ' ', '\r\n\t')
const member = fc.record({ key: written, value: written, space })

describe('parseJson', () => {
  it('keeps every key, whatever was read before', () => {
    let runs = 0
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), (members) => {
        // Keys are mistaken only where few others have followed the key before them.
        const first = `first of ${runs++}`
        const texts = members.map(({ key, value, space }) => {
          return `{"${first}":"\\\\","${key.text}"${space}:${space}["${value.text}"]}`
        })
        const entries = members.map(
          ({ key, value }) =>
            new Map<string, unknown>([
              [first, '\\'],
              [key.means, [value.means]],
            ]),
        )
        expect(texts.map((text) => entriesOf(parseJson(text)))).toEqual(entries)
        expect((parseJson(`[${texts.join(',')}]`) as unknown[]).map(entriesOf)).toEqual(entries)
      }),
      { numRuns: 1000 },
    )
  })

  it('makes numbers of their texts', () => {
    const texts = (text: string) => parseJson(text, (_, source) => source)
    expect(texts('{"a":[1.50,-0],"b":1E400}')).toEqual({ a: ['1.50', '-0'], b: '1E400' })
    expect(texts('{"\\n":[1.50,-0],"b":1E400}')).toEqual({ '\n': ['1.50', '-0'], b: '1E400' })
  })

  it('takes the last of equal keys, and __proto__ for a key', () => {
    expect(parseJson('{"\\u0061":1,"a":2}')).toEqual({ a: 2 })
    const parsed = parseJson('{"__proto__":1,"\\u005f_proto__":{"a":2}}')
    expect(Object.getOwnPropertyDescriptor(parsed, '__proto__')?.value).toEqual({ a: 2 })
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  })

  it('does not take a string for a key', () => {
    const text = '{"\\n":"\\\\\\":","a":["\\":","\\\\"],"b":"\\\\\\\\"}'
    expect(parseJson(text)).toEqual({ '\n': '\\":', a: ['":', '\\'], b: '\\\\' })
  })

  it.each(['{"\\n":1', '{"\\n', '{"\\n":1}}', '{"\\q":1}', '["\\n":1]', '{"a":tru}'])(
    'throws for %s as JSON.parse',
    (text) => {
      expect(() => parseJson(text)).toThrow(messageOf(() => JSON.parse(text)))
    },
  )

  it('reads strings of many escapes', () => {
    const long = '\\n'.repeat(5e6)
    const parsed = parseJson(`{"\\t":"${long}"}`) as { readonly '\t': string }
    expect(parsed['\t'].length).toBe(5e6)
  })
})

function entriesOf(parsed: unknown): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(parsed as object))
}

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
  }
  throw new Error('nothing was thrown')
}
