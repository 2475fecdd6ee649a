type NumberOf = (value: number, text: string) => unknown
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown

/** Finds the last escape of any key (and some strings that only look like keys). */
const ESCAPE_IN_KEY = /\\.[^"\\]*"[ \t\r\n]*:/
const COLON = /[ \t\r\n]*:/y

/**
 * `JSON.parse` for text whose keys are chosen by others. `numberOf`, without which it is as fast, is given each number and
 * its text, and returns what is to stand for it. Throws what `JSON.parse` throws.
 *
 * V8 may take a key with an escape for a key read before: https://github.com/nodejs/node/issues/63785. Keys without an
 * escape, and strings that are no keys, it always reads well.
 */
export function parseJson(text: string, numberOf?: NumberOf): unknown {
  const isPlain = !ESCAPE_IN_KEY.test(text)
  if (isPlain && numberOf === undefined) return JSON.parse(text)
  const revive: Reviver = (_, value, context) =>
    typeof value === 'number' && numberOf !== undefined ? numberOf(value, context?.source ?? String(value)) : value
  if (isPlain) return JSON.parse(text, revive)
  JSON.parse(text)
  const reviveBoth: Reviver = (key, value, context) =>
    isObject(value) ? fromHexKeys(value) : revive(key, value, context)
  return JSON.parse(withHexKeys(text), reviveBoth)
}

/** Valid JSON with every key in hex: its UTF-16 code units, so that a lone surrogate stays what it is. */
function withHexKeys(text: string): string {
  const pieces: string[] = []
  let copied = 0
  let end = 0
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', end)) {
    end = endOfString(text, start)
    COLON.lastIndex = end
    if (!COLON.test(text)) continue
    const key = JSON.parse(text.slice(start, end)) as string
    pieces.push(text.slice(copied, start), `"${Buffer.from(key, 'utf16le').toString('hex')}"`)
    copied = end
  }
  pieces.push(text.slice(copied))
  return pieces.join('')
}

/** Where the string that begins at `start` has ended. No regular expression: its stack would limit the string. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function fromHexKeys(object: object): object {
  return Object.fromEntries(
    Object.entries(object).map(([hex, value]) => [Buffer.from(hex, 'hex').toString('utf16le'), value]),
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
