import type { Written } from '../generate/json-tree.ts'

/** A number as it is written. */
class Digits {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown

/** As JSON.parse, but for numbers, which keep their digits, and for keys, which are in hex. */
export function parseExact(text: string): unknown {
  JSON.parse(text)
  return parse(withPlainKeys(text), (_, value, { source }) => (typeof value === 'number' ? new Digits(source!) : value))
}

const STRINGS = /"(?:[^"\\]|\\.)*"([ \t\r\n]*:)?/g

/**
 * Once it has met a key that begins with a backslash, V8 takes keys that begin with an escape for it:
 * https://github.com/nodejs/node/issues/63785. Strings that are no keys it always reads well.
 */
function withPlainKeys(text: string): string {
  return text.replace(STRINGS, (string, colon?: string) =>
    colon === undefined ? string : `"${hexOf(JSON.parse(string.slice(0, -colon.length)))}":`,
  )
}

const hexOf = (key: string) => Buffer.from(key).toString('hex')

/** Whether a value, as it is written, is what `parseExact` found. */
export function means(written: Written, value: unknown): boolean {
  switch (written.kind) {
    case 'null':
      return value === null
    case 'number':
      return value instanceof Digits && value.text === written.text
    case 'bool':
    case 'string':
      return value === written.value
    case 'array':
      return (
        Array.isArray(value) &&
        value.length === written.items.length &&
        written.items.every((item, i) => means(item, value[i]))
      )
    case 'object': {
      const members = new Map<string, unknown>(Object.entries(value ?? {}))
      return (
        members.size === written.members.size &&
        [...written.members].every(([key, item]) => means(item, members.get(hexOf(key))))
      )
    }
  }
}
