import fc from 'fast-check'
import type { Field, Schema, Type } from '../../lib/shred/type.ts'

/* Names that a format, or code, could take for something else. */

const PARTS = [
  'a',
  'x',
  '_',
  '_x',
  '_x0041_',
  '.',
  '..',
  ' ',
  '"',
  "'",
  '<',
  '&',
  '>',
  ':',
  '=',
  '-',
  '\\',
  '\n',
  '\r',
  '\t',
  '\0',
  '\u0001',
]
const MORE = [
  '1',
  'xml',
  'XmL',
  'é',
  'e\u0301',
  '名',
  '\u{1f600}',
  '\u{e0001}',
  '\ufffe',
  '\uffff',
  '\ufeff',
  '\u00b7',
  '\u2028',
  '__proto__',
  'row',
  'item',
  'x'.repeat(300),
]

export const HOSTILE_NAMES: readonly string[] = ['', ...PARTS, ...MORE, 'constructor', '_x_', 'x_', 'x_a', 'a.b', 'a b']

const name = fc.oneof(
  fc.constantFrom(...HOSTILE_NAMES),
  fc.array(fc.constantFrom(...PARTS, ...MORE), { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

/** The same schema under other names. The keys stay. */
export function hostile(schema: Schema, names: fc.Arbitrary<string> = name): fc.Arbitrary<Schema> {
  const count = { minLength: schema.length, maxLength: schema.length }
  return fc
    .tuple(fc.uniqueArray(names, count), ...schema.map(({ type }) => hostileType(type, names)))
    .map(([own, ...types]) => schema.map(({ key }, i): Field => ({ key, name: own[i]!, type: types[i]! })))
}

function hostileType(type: Type, names: fc.Arbitrary<string>): fc.Arbitrary<Type> {
  switch (type.kind) {
    case 'struct':
      return hostile(type.fields, names).map((fields): Type => ({ kind: 'struct', fields }))
    case 'list':
      return hostileType(type.element, names).map((element): Type => ({ kind: 'list', element }))
    case 'map':
      return hostileType(type.value, names).map((value): Type => ({ kind: 'map', value }))
    default:
      return fc.constant(type)
  }
}
