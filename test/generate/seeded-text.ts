import { randomFrom } from '../../lib/random.ts'

/* Numbers, strings and keys as JSON writes them, from a seed: faster by far than arbitraries that can shrink. */

/** Choices that a seed makes. */
export interface Dice {
  /** Whether something of this probability happens. */
  readonly hits: (probability: number) => boolean
  /** An integer from 0, below `limit`. */
  readonly below: (limit: number) => number
  readonly pick: <T>(of: readonly T[]) => T
}

export function diceFrom(seed: number): Dice {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  return { hits: (probability) => random() < probability, below, pick: (of) => of[below(of.length)]! }
}

export function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

const digits = ({ below }: Dice, count: number) => times(count, () => below(10)).join('')

/** An integer a few steps from a limit of int32, a double's integers, int64 or uint64. */
function nearLimit({ pick, below }: Dice): string {
  const limit = pick([31n, 32n, 53n, 53n, 63n, 63n, 64n])
  return String(pick([1n, -1n]) * 2n ** limit + BigInt(below(7) - 3))
}

const EXTREMES = [
  ...['1.7976931348623157e308', '1.7976931348623158e308', '1.7976931348623159e308', '1e308', '-1e309', '1e400'],
  ...['4.9e-324', '5e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '2.2250738585072011e-308', '1e-400'],
  ...[
    '-0',
    '0',
    '-0.0',
    '0e0',
    '-0e-0',
    '0E+1',
    '0.1',
    '0.30000000000000004',
    '9007199254740993.0',
    '1e15',
    '1e22',
    '1e23',
  ],
  ...['8.41e21', '9.5367431640625e-7', '123456789012345678', '0.000001', '1.0', '100000000000000000000', '1E5'],
]

/** A double in the digits that show it, from any power of two. */
function anyDouble({ below }: Dice): string {
  const bits = new DataView(new ArrayBuffer(8))
  for (let i = 0; i < 8; i += 2) bits.setUint16(i, below(65536))
  const value = bits.getFloat64(0)
  return Number.isFinite(value) ? String(value).replace('e+', 'e') : '1e308'
}

export function number(dice: Dice): string {
  const { pick, below } = dice
  const make = pick([
    () => String(below(2000) - 1000),
    () => nearLimit(dice),
    () => pick(EXTREMES),
    () => anyDouble(dice),
    () => `${pick(['', '-'])}${1 + below(9)}${digits(dice, below(24))}`,
    () => `${pick(['', '-'])}${below(100)}.${digits(dice, 1 + below(22))}`,
    () =>
      `${pick(['', '-'])}${below(10)}${pick(['', `.${digits(dice, 1 + below(20))}`])}${pick('eE'.split(''))}${pick(['', '+', '-'])}${below(330)}`,
  ])
  return make()
}

export const smallInteger = ({ below }: Dice): string => String(below(100) - 20)
export const wideInteger = (dice: Dice): string =>
  dice.hits(0.5) ? smallInteger(dice) : String(BigInt.asIntN(64, BigInt(nearLimit(dice))))
export const double = (dice: Dice): string =>
  dice.hits(0.3) ? `${dice.below(1000)}.${digits(dice, 1 + dice.below(6))}` : anyDouble(dice)

const PIECES = [
  ...[
    'a',
    'b',
    'xyz',
    ' ',
    '0',
    '/',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\u007f',
    'é',
    'ß',
    '日',
    '\u2028',
    '\ufeff',
    '\uffff',
  ],
  ...[
    '\u{1f600}',
    '\u{10ffff}',
    '\\"',
    '\\\\',
    '\\/',
    '\\b',
    '\\f',
    '\\n',
    '\\r',
    '\\t',
    '\\u0000',
    '\\u001F',
    '\\u0041',
  ],
  ...['\\u00e9', '\\u65E5', '\\uFFFF', '\\ud83d\\ude00', '\\uDBFF\\uDFFF', '\\\\u0041', '\\u005c', '\\u0022'],
]
/** What no JSON string, or none that UTF-8 can hold, has. */
const BAD_PIECES = [
  '\\ud800',
  '\\uDC00',
  '\\ude00\\ud83d',
  '\\ud83d\\u0041',
  '\\x',
  '\\u12',
  '\\u12G4',
  '\t',
  '\0',
  '\u001f',
  '"',
]

/** A string in quotes. */
export function string(dice: Dice): string {
  const { below, hits, pick } = dice
  if (hits(0.4)) return `"${pick(['on', 'off', 'GET', 'PUT', '', 'null', '12'])}"`
  if (hits(0.01)) return `"${pick(['x', 'é', '\\n', '日'])}${pick(['long ', 'é', '\\u00e9']).repeat(below(600))}"`
  const pieces = times(below(9), () => pick(PIECES))
  if (hits(0.003)) pieces.push(pick(BAD_PIECES))
  return `"${pieces.join('')}"`
}

export function timestamp({ below, hits, pick }: Dice): string {
  if (hits(0.05)) return pick(['"2026-02-29T00:00:00Z"', '"2026-01-01"', '"9999-12-31T23:59:60Z"', '7', '""', '[]'])
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${1970 + below(90)}-${two(1 + below(12))}-${two(1 + below(28))}`
  const zone = pick(['Z', 'z', '+00:00', '-08:30'])
  return `"${date}T${two(below(24))}:${two(below(60))}:${two(below(60))}${pick(['', '.5', '.123456'])}${zone}"`
}

/** A key in quotes, sometimes spelt with escapes. */
export function spellKey({ hits }: Dice, key: string): string {
  const plain = JSON.stringify(key)
  if (!hits(0.02) || key === '') return plain
  const rest = JSON.stringify(key.slice(1)).slice(1)
  return `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${rest}`
}
