import fc from 'fast-check'
import type { Field, Schema, Type } from '../../lib/shred/type.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'

/* The text that rows have in JSON, made the plain way. It shares no code with lib/. */

export interface ModelLayout {
  readonly pretty: boolean
  readonly depth: number
}

export const COMPACT: ModelLayout = { pretty: false, depth: 0 }

export function modelRow(schema: Schema, row: Row, layout = COMPACT): string {
  return modelText({ kind: 'struct', fields: schema }, row, layout)
}

export function modelText(type: Type, value: Value, layout = COMPACT): string {
  if (value === null || value === undefined) return 'null'
  const inner = { ...layout, depth: layout.depth + 1 }
  const colon = layout.pretty ? ': ' : ':'
  switch (type.kind) {
    case 'struct': {
      const members = type.fields.map(
        ({ key, name, type: inside }) => JSON.stringify(name) + colon + modelText(inside, (value as Row)[key], inner),
      )
      return inLines('{', members, '}', layout)
    }
    case 'list': {
      const items = (value as Value[]).map((item) => modelText(type.element, item, inner))
      return inLines('[', items, ']', layout)
    }
    case 'map': {
      const members = [...(value as ReadonlyMap<string, Value>)].map(
        ([key, item]) => JSON.stringify(key) + colon + modelText(type.value, item, inner),
      )
      return inLines('{', members, '}', layout)
    }
    case 'string':
      return JSON.stringify(value)
    case 'timestamp':
      return JSON.stringify(modelTime(value as bigint))
    default:
      return modelScalar(type, value)
  }
}

/** A scalar without quotes around it. */
export function modelScalar(type: Type, value: Value): string {
  if (type.kind === 'timestamp') return modelTime(value as bigint)
  return type.kind === 'double' ? modelDouble(value as number) : String(value)
}

export function modelDouble(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** Within the years that Date knows. */
export function modelTime(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const iso = new Date(Number((micros - rest) / 1000n)).toISOString()
  return iso.replace('Z', `${String(rest).padStart(3, '0')}Z`)
}

function inLines(open: string, items: readonly string[], close: string, { pretty, depth }: ModelLayout): string {
  if (!pretty || items.length === 0) return open + items.join(',') + close
  const line = `\n${'  '.repeat(depth + 1)}`
  return `${open}${line}${items.join(`,${line}`)}\n${'  '.repeat(depth)}${close}`
}

const HOSTILE_NAMES = [
  ...['__proto__', 'constructor', 'toString', 'a.b', 'a', 'b', '"', '\n', '\r\n', '\t', '\\', '', '*', '[', '[]', '\0'],
  ...[
    '名前',
    '\u{1f600}',
    '\u2028',
    '\ufeff',
    '=1+1',
    '-',
    '@',
    "'",
    'x'.repeat(300),
    'a,b;c|d',
    ' ',
    '__PROTO__',
    '1',
  ],
]

/** The same columns, named hostilely. Rows have them by their keys as before. */
export function hostilelyNamed(schema: Schema): fc.Arbitrary<Schema> {
  return fc
    .tuple(
      fc.shuffledSubarray(HOSTILE_NAMES, { minLength: schema.length, maxLength: schema.length }),
      ...schema.map(({ type }) => hostileType(type)),
    )
    .map(([names, ...types]) => schema.map(({ key }, i): Field => ({ key, name: names[i]!, type: types[i]! })))
}

function hostileType(type: Type): fc.Arbitrary<Type> {
  switch (type.kind) {
    case 'struct':
      return hostilelyNamed(type.fields).map((fields): Type => ({ kind: 'struct', fields }))
    case 'list':
      return hostileType(type.element).map((element): Type => ({ kind: 'list', element }))
    case 'map':
      return hostileType(type.value).map((value): Type => ({ kind: 'map', value }))
    default:
      return fc.constant(type)
  }
}
