/**
 * The schema lattice: what a path can be, and how two observations join. Types only widen; `joinTypes` is commutative
 * and associative but for the order of struct fields (first appearance), so the order of hours decides no kind.
 */
export type ScalarKind = 'bool' | 'int64' | 'double' | 'string' | 'json' | 'timestamp'

export type Type =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool' | 'double' | 'string' | 'json' | 'timestamp' }
  /** `exact`: every integer seen is exact in a double (at most 2^53 in magnitude), so a fraction may widen it. */
  | { readonly kind: 'int64'; readonly exact: boolean }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly element: Type }
  | { readonly kind: 'map'; readonly value: Type }

export interface Field {
  /** The key in the JSON object. */
  readonly key: string
  /** The column's name in Parquet: the key, unless an override renames it or the key is empty (`nameEmpty`). */
  readonly name: string
  readonly type: Type
}

/** The columns of a part or a day, in order. */
export type Schema = readonly Field[]

export const NULL: Type = { kind: 'null' }
export const JSON_TYPE: Type = { kind: 'json' }
/** Integers of any size within 64 bits. */
export const INT64_TYPE: Type = { kind: 'int64', exact: false }

/** The least type that holds the values of both. A clash of kinds is json: the value's exact text. */
export function joinTypes(a: Type, b: Type): Type {
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (a.kind === 'int64' && b.kind === 'int64') return { kind: 'int64', exact: a.exact && b.exact }
  if (a.kind === 'int64' && b.kind === 'double') return a.exact ? b : JSON_TYPE
  if (a.kind === 'double' && b.kind === 'int64') return b.exact ? a : JSON_TYPE
  if (a.kind === 'struct' && b.kind === 'struct') return { kind: 'struct', fields: joinFields(a.fields, b.fields) }
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', element: joinTypes(a.element, b.element) }
  if (isObject(a) && isObject(b)) return { kind: 'map', value: joinTypes(valueType(a), valueType(b)) }
  if (isText(a) && isText(b)) return a.kind === b.kind ? a : { kind: 'string' }
  return a.kind === b.kind ? a : JSON_TYPE
}

type ObjectType = Extract<Type, { kind: 'struct' | 'map' }>

function isObject(type: Type): type is ObjectType {
  return type.kind === 'struct' || type.kind === 'map'
}

/** A timestamp is a text that the configuration has read: without that it is a string again. */
export function isText(type: Type): boolean {
  return type.kind === 'string' || type.kind === 'timestamp'
}

/** What an object's values are when its keys are data. */
export function valueType(type: ObjectType): Type {
  return type.kind === 'map' ? type.value : type.fields.reduce<Type>((join, field) => joinTypes(join, field.type), NULL)
}

function joinFields(a: readonly Field[], b: readonly Field[]): readonly Field[] {
  const others = new Map(b.map((field) => [field.key, field]))
  const joined = a.map((field) => {
    const other = others.get(field.key)
    others.delete(field.key)
    return other === undefined ? field : { ...field, type: joinTypes(field.type, other.type) }
  })
  return [...joined, ...others.values()]
}

/** The type without paths that have no column: a struct without fields, a list or map of nothing. Null when nothing is left. */
export function pruneType(type: Type): Type {
  switch (type.kind) {
    case 'struct': {
      const fields = pruneSchema(type.fields)
      return fields.length === 0 ? NULL : { kind: 'struct', fields }
    }
    case 'list': {
      const element = pruneType(type.element)
      return element.kind === 'null' ? NULL : { kind: 'list', element }
    }
    case 'map': {
      const value = pruneType(type.value)
      return value.kind === 'null' ? NULL : { kind: 'map', value }
    }
    default:
      return type
  }
}

export function pruneSchema(schema: Schema): Schema {
  return schema
    .map((field) => ({ ...field, type: pruneType(field.type) }))
    .filter((field) => field.type.kind !== 'null')
}

/** Whether both give the same columns; whether integers are exact makes no difference to a column. */
export function sameType(a: Type, b: Type): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'struct' && b.kind === 'struct') return sameSchema(a.fields, b.fields)
  if (a.kind === 'list' && b.kind === 'list') return sameType(a.element, b.element)
  if (a.kind === 'map' && b.kind === 'map') return sameType(a.value, b.value)
  return true
}

export function sameSchema(a: Schema, b: Schema): boolean {
  return (
    a.length === b.length &&
    a.every((field, i) => {
      const other = b[i]!
      return field.key === other.key && field.name === other.name && sameType(field.type, other.type)
    })
  )
}
