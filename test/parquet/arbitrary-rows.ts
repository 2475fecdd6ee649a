import fc from 'fast-check'
import type { Field, Schema, Type } from '../../lib/shred/type.ts'
import type { Row, Value } from './reference-shred.ts'

/*
 * Any schema, and any rows of it. Names hold the traps of Parquet's own group names; no two differ in case alone,
 * because DuckDB folds case, and none has a dot, because hyparquet joins paths with dots.
 */

const NAMES = ['a', 'b', 'c d', 'list', 'element', 'key_value', 'key', 'value', 'é', '名前', 'select', '1']

const scalar: fc.Arbitrary<Type> = fc.constantFrom<Type>(
  { kind: 'bool' },
  { kind: 'int64', exact: true },
  { kind: 'double' },
  { kind: 'string' },
  { kind: 'json' },
  { kind: 'timestamp' },
)

export function schemas(maxDepth: number): fc.Arbitrary<Schema> {
  return fc
    .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
    .chain((names) => fields(names, maxDepth))
}

function fields(names: readonly string[], depth: number): fc.Arbitrary<Schema> {
  return fc.tuple(...names.map((name) => types(depth).map((type): Field => ({ key: name, name, type }))))
}

function types(depth: number): fc.Arbitrary<Type> {
  if (depth === 0) return scalar
  return fc.oneof(
    { arbitrary: scalar, weight: 3 },
    { arbitrary: schemas(depth - 1).map((inner): Type => ({ kind: 'struct', fields: inner })), weight: 3 },
    { arbitrary: types(depth - 1).map((element): Type => ({ kind: 'list', element })), weight: 2 },
    { arbitrary: types(depth - 1).map((value): Type => ({ kind: 'map', value })), weight: 2 },
  )
}

export function rowsOf(schema: Schema, maxRows = 12): fc.Arbitrary<Row[]> {
  return fc.array(struct(schema), { maxLength: maxRows })
}

function struct(schema: Schema): fc.Arbitrary<Row> {
  return fc.record(Object.fromEntries(schema.map((field) => [field.key, optional(field.type)])))
}

function optional(type: Type): fc.Arbitrary<Value> {
  return fc.option(present(type), { freq: 3 })
}

const INT64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n),
)
const DOUBLE = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
)
/** Microseconds within the years that every reader can show. */
const TIMESTAMP = fc.oneof(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n }), fc.constantFrom(0n, -1n))
export const STRING = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '\0', 'a\0b', '\u{10ffff}', '\ud7ff\ue000', 'x'.repeat(70), `${'é'.repeat(40)}`, 'true', 'null'),
)

function present(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'null':
      return fc.constant(null)
    case 'bool':
      return fc.boolean()
    case 'int64':
      return INT64
    case 'double':
      return DOUBLE
    case 'timestamp':
      return TIMESTAMP
    case 'string':
      return STRING
    case 'json':
      return fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).map((value) => JSON.stringify(value))
    case 'struct':
      return struct(type.fields)
    case 'list':
      return fc.array(optional(type.element), { maxLength: 4 })
    case 'map':
      return fc
        .uniqueArray(fc.tuple(STRING, optional(type.value)), { maxLength: 3, selector: ([key]) => key })
        .map((entries) => new Map(entries))
  }
}

/** The same schema with some fields, anywhere, taken out; at least one stays in each struct. */
export function narrowed(schema: Schema): fc.Arbitrary<Schema> {
  return fc.tuple(...schema.map((field) => fc.tuple(fc.boolean(), narrowedType(field.type)))).map((choices) => {
    const kept = choices.flatMap(([keep, type], i) => (keep ? [{ ...schema[i]!, type }] : []))
    return kept.length > 0 ? kept : [{ ...schema[0]!, type: choices[0]![1] }]
  })
}

function narrowedType(type: Type): fc.Arbitrary<Type> {
  switch (type.kind) {
    case 'struct':
      return narrowed(type.fields).map((inner): Type => ({ kind: 'struct', fields: inner }))
    case 'list':
      return narrowedType(type.element).map((element): Type => ({ kind: 'list', element }))
    case 'map':
      return narrowedType(type.value).map((value): Type => ({ kind: 'map', value }))
    default:
      return fc.constant(type)
  }
}

/** The same schema with the fields of every struct in another order. */
export function shuffled(schema: Schema): fc.Arbitrary<Schema> {
  return fc
    .tuple(...schema.map((field) => shuffledType(field.type).map((type): Field => ({ ...field, type }))))
    .chain((fields) => fc.shuffledSubarray(fields, { minLength: fields.length }))
}

function shuffledType(type: Type): fc.Arbitrary<Type> {
  switch (type.kind) {
    case 'struct':
      return shuffled(type.fields).map((inner): Type => ({ kind: 'struct', fields: inner }))
    case 'list':
      return shuffledType(type.element).map((element): Type => ({ kind: 'list', element }))
    case 'map':
      return shuffledType(type.value).map((value): Type => ({ kind: 'map', value }))
    default:
      return fc.constant(type)
  }
}
