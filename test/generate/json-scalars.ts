import fc from 'fast-check'
import type { StringTree, Tree } from './json-tree.ts'

/* Every way to write a number, a string or a key in JSON. */

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })
const sign = fc.constantFrom('', '', '-')
const whole = fc.oneof(
  fc.constant('0'),
  fc.tuple(fc.constantFrom(...'123456789'), digits(0, 22)).map(([first, rest]) => first + rest),
)
const fraction = digits(1, 22).map((text) => `.${text}`)
const exponent = fc
  .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.oneof(digits(1, 2), digits(1, 4)))
  .map((parts) => parts.join(''))

/** Any number that JSON allows. */
export const anyNumber: fc.Arbitrary<string> = fc
  .tuple(sign, whole, fc.option(fraction, { nil: '' }), fc.option(exponent, { nil: '' }))
  .map((parts) => parts.join(''))

export const smallInteger = fc.integer({ min: -300, max: 300 }).map(String)
const exactInteger = fc.oneof(
  smallInteger,
  fc.maxSafeInteger().map(String),
  fc.constantFrom('2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '999999999999999'),
  fc.constantFrom('1000000000000000', '9007199254740991', '9007199254740992', '-9007199254740992'),
)
const wideInteger = fc.oneof(
  fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 63n - 1n }).map(String),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }).map(String),
  fc.constantFrom('9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808'),
)
const floating = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(jsonDouble),
  fc.constantFrom(
    '1.0',
    '-0',
    '-0.0',
    '0e0',
    '1e2',
    '1E+2',
    '12.50',
    '1e-7',
    '5e-324',
    '1e-400',
    '1.7976931348623157e308',
  ),
)
const huge = fc.constantFrom(
  '9223372036854775808',
  '-9223372036854775809',
  '1e400',
  '-1E400',
  '123456789012345678901234567890',
)

/** A double that JSON does not show as an integer. */
function jsonDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /^-?[1-9]\d*$|^0$/.test(text) ? `${text}.0` : text
}

const ofText = (text: fc.Arbitrary<string>): fc.Arbitrary<Tree> => text.map((text) => ({ kind: 'number', text }))
export const integers: fc.Arbitrary<Tree> = ofText(exactInteger)
export const wideIntegers: fc.Arbitrary<Tree> = ofText(fc.oneof(exactInteger, wideInteger))
export const floats: fc.Arbitrary<Tree> = ofText(floating)
export const integersAndFloats: fc.Arbitrary<Tree> = ofText(fc.oneof(exactInteger, floating))
export const numbers: fc.Arbitrary<Tree> = ofText(fc.oneof(exactInteger, wideInteger, floating, huge, anyNumber))

const hex4 = (unit: number, upper: boolean) => {
  const text = unit.toString(16).padStart(4, '0')
  return `\\u${upper ? text.toUpperCase() : text}`
}
const escapeAll = (value: string, upper: boolean) =>
  Array.from({ length: value.length }, (_, i) => hex4(value.charCodeAt(i), upper)).join('')

/** One piece of a string: what it means, and a spelling. */
type Piece = readonly [value: string, text: string]

const rawChar = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 1 })
  .map((char): Piece => [char, JSON.stringify(char).slice(1, -1)])
const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'b', ' ', 'é', '0', '日', '\u{1f600}').map((char): Piece => [char, char]),
  },
  { weight: 3, arbitrary: rawChar },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Piece>(
      ...([
        ['"', '\\"'],
        ['\\', '\\\\'],
        ['/', '\\/'],
        ['/', '/'],
        ['\b', '\\b'],
        ['\f', '\\f'],
      ] as const),
      ...([
        ['\n', '\\n'],
        ['\r', '\\r'],
        ['\t', '\\t'],
        ['\0', '\\u0000'],
        ['\u007f', '\u007f'],
      ] as const),
      ...([
        ['\u2028', '\u2028'],
        ['\ufeff', '\ufeff'],
        ['\ufffd', '\ufffd'],
        ['\uffff', '\\uffff'],
      ] as const),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.boolean())
      .map(([char, upper]): Piece => [char, escapeAll(char, upper)]),
  },
)

export const strings: fc.Arbitrary<StringTree> = fc.array(piece, { maxLength: 6 }).map((pieces) => ({
  kind: 'string',
  value: pieces.map(([value]) => value).join(''),
  text: `"${pieces.map(([, text]) => text).join('')}"`,
}))

/** A key, spelt plainly or with escapes. */
export function spelt(key: string): fc.Arbitrary<StringTree> {
  return fc.constantFrom('plain', 'plain', 'plain', 'plain', 'escaped', 'first').map((how) => {
    if (how === 'plain') return plainKey(key)
    const from = how === 'first' ? ([...key][0]?.length ?? 0) : key.length
    const text = `"${escapeAll(key.slice(0, from), true)}${JSON.stringify(key.slice(from)).slice(1, -1)}"`
    return { kind: 'string', value: key, text }
  })
}

export function plainKey(key: string): StringTree {
  return { kind: 'string', value: key, text: JSON.stringify(key) }
}

/** White space between tokens. */
export const pads: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom('', ' ', '\t', '\r', ' \t '), { maxLength: 5 }) },
)
