import fc from 'fast-check'
import { days, linesOf, WILD_KEYS } from './json-rows.ts'

/* Bytes that may once have been JSON lines. */

const rows = days({ keys: WILD_KEYS, depth: 2, maxHours: 1, maxRows: 4 }).map(([hour]) => Buffer.from(linesOf(hour!)))

/** Tokens in any order: nearly JSON, and sometimes JSON. */
const tokens = fc
  .array(
    fc.constantFrom(
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
        '"b":',
        '{"a":',
        '1',
        '-',
        '0',
        '01',
        '1.',
        '.5',
        '1e',
        '1e5',
        '-0',
      ],
      ...[
        'true',
        'false',
        'null',
        'tru',
        'NaN',
        'Infinity',
        '\\',
        '\\u00e9',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\x"',
        '"\\u12"',
      ],
      ...[
        ' ',
        '\t',
        '\r',
        '\n',
        '\r\n',
        '\0',
        '\ufeff',
        '\u00a0',
        '\u2028',
        '\v',
        '\f',
        '"\t"',
        '{}',
        '[]',
        '{"a":1}\n',
        "'a'",
      ],
    ),
    { maxLength: 14 },
  )
  .map((parts) => Buffer.from(parts.join('')))

const deep = fc
  .tuple(fc.integer({ min: 60, max: 70 }), fc.constantFrom('[', '{"a":'), fc.boolean(), fc.constantFrom('', '1', '"'))
  .map(([levels, open, closed, inside]) => {
    const close = open === '[' ? ']' : '}'
    return Buffer.from(
      `{"d":${open.repeat(levels)}${open === '[' ? inside : inside || 'null'}${closed ? close.repeat(levels) : ''}}`,
    )
  })

const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const blanks = fc
  .constantFrom('\n', '\r\n', ' \n', '\t \r\n', '\n\n\n', '   ', '\ufeff', '\ufeff\n')
  .map((text) => Buffer.from(text))

/** One change somewhere: a byte altered, put in or taken out, or the end cut off. */
interface Mutation {
  readonly at: number
  readonly kind: 'alter' | 'insert' | 'remove' | 'cut'
  readonly byte: number
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat({ max: 400 }),
  kind: fc.constantFrom('alter', 'insert', 'remove', 'cut'),
  byte: fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(...Buffer.from('\n\r\0"\\{}[],:0 '), 0xff, 0xc3, 0xed),
  ),
})

function mutated(bytes: Buffer, { at, kind, byte }: Mutation): Buffer {
  const place = bytes.length === 0 ? 0 : at % bytes.length
  const before = bytes.subarray(0, place)
  if (kind === 'cut') return before
  const rest = bytes.subarray(kind === 'insert' ? place : place + 1)
  return Buffer.concat([before, kind === 'remove' ? Buffer.alloc(0) : Buffer.of(byte), rest])
}

export const hostileBytes: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: rows }, tokens, noise, deep, blanks), { maxLength: 5 }),
    fc.array(mutation, { maxLength: 4 }),
  )
  .map(([pieces, mutations]) => mutations.reduce(mutated, Buffer.concat(pieces)))
