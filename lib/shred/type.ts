/**
 * The schema lattice: what a path can be, and how two observations join. Types only widen; `join` is commutative and
 * associative, so the order of hours does not matter to the kinds (it decides the order of fields alone).
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
  /** The column's name in Parquet: the key, unless an override renames it. */
  readonly name: string
  readonly type: Type
}

/** The columns of a part or a day, in order. */
export type Schema = readonly Field[]

export const NULL: Type = { kind: 'null' }
export const JSON_TYPE: Type = { kind: 'json' }
