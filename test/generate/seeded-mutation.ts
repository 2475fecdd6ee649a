import { type Dice, number, string, times } from './seeded-text.ts'

/* A line made wrong, or right in a strange way. */

const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"a":',
    '{"a":',
    '-',
    '01',
    '1.',
    '.5',
    '1e',
    '-0',
    '+1',
    '0x1',
    '1_0',
    '--1',
  ],
  ...[
    'true',
    'false',
    'null',
    'tru',
    'True',
    'NaN',
    'Infinity',
    '\\',
    '\\u00e9',
    '"\\ud800"',
    '"\\x"',
    '/**/',
    '//',
    '#',
    ';',
  ],
  ...[' ', '\t', '\r', '\n', '\0', '\ufeff', '\u00a0', '\u2028', '\v', '\f', '"\t"', '{}', '[]', "'a'", '(', '<'],
]
const BYTES = [...Buffer.from('\n\r\t\0"\\{}[],:0-+.eEu '), 0x80, 0xbf, 0xc0, 0xc3, 0xe0, 0xed, 0xf0, 0xf5, 0xff]
/** Bytes that are not UTF-8: continuations alone, overlong forms, a surrogate, beyond U+10FFFF, characters cut off. */
const BAD_UTF8 = [
  '80',
  'bf',
  'c0af',
  'c1bf',
  'e08080',
  'eda080',
  'edbfbf',
  'f0808080',
  'f4908080',
  'f5808080',
  'fe',
  'ff',
  'c3',
  'e282',
  'f09f98',
].map((hex) => Buffer.from(hex, 'hex'))

type Mutation = (dice: Dice, line: Buffer, others: readonly string[]) => Buffer

/** `taken` bytes at a random place replaced by others. */
function splice({ below }: Dice, line: Buffer, taken: number, put: Uint8Array): Buffer {
  const at = below(line.length + 1)
  return Buffer.concat([line.subarray(0, at), put, line.subarray(at + taken)])
}

const alterByte: Mutation = (dice, line) =>
  splice(dice, line, 1, Buffer.of(dice.hits(0.5) ? dice.pick(BYTES) : dice.below(256)))
const flipBit: Mutation = ({ below }, line) => {
  const copy = Buffer.from(line)
  const at = below(copy.length)
  copy[at] = copy[at]! ^ (1 << below(8))
  return copy
}
const insertByte: Mutation = (dice, line) => splice(dice, line, 0, Buffer.of(dice.pick(BYTES)))
const remove: Mutation = (dice, line) => splice(dice, line, 1 + dice.below(3), Buffer.alloc(0))
const cut: Mutation = ({ below }, line) => line.subarray(0, below(line.length))
const cutStart: Mutation = ({ below }, line) => line.subarray(below(line.length))
const insertToken: Mutation = (dice, line) => splice(dice, line, 0, Buffer.from(dice.pick(TOKENS)))
const badUtf8: Mutation = (dice, line) => splice(dice, line, dice.below(2), dice.pick(BAD_UTF8))
const halves: Mutation = (dice, line, others) =>
  Buffer.concat([cut(dice, line, others), cutStart(dice, Buffer.from(dice.pick(others)), others)])
const onlyTokens: Mutation = ({ below, pick }) => Buffer.from(times(below(12), () => pick(TOKENS)).join(''))
const noise: Mutation = ({ below }) => Buffer.from(times(below(60), () => below(256)))
const notObject: Mutation = (dice) =>
  Buffer.from(dice.pick([number, string, () => '[1,{"a":[]}]', () => 'null', () => ' "x" ', () => '[]'])(dice))

/** Another value before the line's first, under the same key or one that is new. */
const moreMembers: Mutation = (dice, line) => {
  const key = dice.pick(['"t"', '"a"', '"\\u0061"', '"new"', `"new ${dice.below(20)}"`])
  const value = dice.pick([number, string, () => '[{"a":[1,null]},{}]', () => '{"x":{"y":[]}}', () => 'false'])(dice)
  return Buffer.concat([Buffer.from(`{${key}:${value},`), line.subarray(1)])
}

/** Nested about as deep as a line may be. */
const deep: Mutation = (dice, line) => {
  const levels = 58 + dice.below(10)
  const open = dice.pick(['[', '{"d":'])
  const close = (open === '[' ? ']' : '}').repeat(levels - (dice.hits(0.8) ? 0 : 1))
  const inside = dice.pick(open === '[' ? ['', '1', '"'] : ['{}', '"x"', ''])
  return Buffer.concat([Buffer.from(`{"deep":${open.repeat(levels)}${inside}${close},`), line.subarray(1)])
}

const MUTATIONS = [
  ...[
    alterByte,
    alterByte,
    flipBit,
    flipBit,
    insertByte,
    remove,
    remove,
    cut,
    cutStart,
    insertToken,
    insertToken,
    badUtf8,
  ],
  ...[halves, onlyTokens, noise, notObject, moreMembers, moreMembers, deep],
]

/** The line after one mutation, or a few. `others`: lines to take pieces from. */
export function mutated(dice: Dice, line: Buffer, others: readonly string[]): Buffer {
  let bytes = dice.pick(MUTATIONS)(dice, line, others)
  while (dice.hits(0.15) && bytes.length > 0) bytes = dice.pick(MUTATIONS)(dice, bytes, others)
  return bytes
}
