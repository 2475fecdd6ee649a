import * as z from 'zod'
import type { Field, Schema, Type } from './type.ts'

/**
 * A type in JSON: a name for scalars, an object for the rest. Struct fields are an array, because JSON objects do not
 * keep the order of keys such as "10", and a key may be `__proto__`.
 */
export type TypeJson =
  | 'bool'
  | 'int64'
  | 'double'
  | 'string'
  | 'json'
  | 'timestamp'
  /** In `schema.json` alone: int64 with values beyond 2^53, which a fraction would make json. */
  | 'int64_wide'
  | { list: TypeJson }
  | { map: TypeJson }
  | { struct: FieldJson[] }

/** `key` only where the column is called otherwise. */
export interface FieldJson {
  name: string
  key?: string | undefined
  type: TypeJson
}

export const typeJson: z.ZodType<TypeJson> = z.lazy(() =>
  z.union([
    z.enum(['bool', 'int64', 'int64_wide', 'double', 'string', 'json', 'timestamp']),
    z.strictObject({ list: typeJson }),
    z.strictObject({ map: typeJson }),
    z.strictObject({ struct: z.array(fieldJson) }),
  ]),
)

export const fieldJson: z.ZodType<FieldJson> = z.strictObject({
  name: z.string(),
  key: z.string().optional(),
  type: typeJson,
})

export const schemaJson = z.array(fieldJson)

/** The columns, as ledgers and manifests name them. */
export function schemaToJson(schema: Schema): FieldJson[] {
  return fieldsToJson(schema, () => 'int64')
}

/** The columns with what `schema.json` has to remember of them: whether integers are exact in a double. */
export function learntToJson(schema: Schema): FieldJson[] {
  return fieldsToJson(schema, (exact) => (exact ? 'int64' : 'int64_wide'))
}

type IntegerName = (exact: boolean) => 'int64' | 'int64_wide'

function fieldsToJson(schema: Schema, integerName: IntegerName): FieldJson[] {
  return schema.map((field) => ({
    name: field.name,
    ...(field.key === field.name ? {} : { key: field.key }),
    type: typeToJson(field.type, integerName),
  }))
}

export function schemaFromJson(json: readonly FieldJson[]): Schema {
  return json.map(
    (field): Field => ({ key: field.key ?? field.name, name: field.name, type: typeFromJson(field.type) }),
  )
}

function typeToJson(type: Type, integerName: IntegerName): TypeJson {
  switch (type.kind) {
    case 'null':
      throw new TypeError('a column of type null is never written')
    case 'int64':
      return integerName(type.exact)
    case 'struct':
      return { struct: fieldsToJson(type.fields, integerName) }
    case 'list':
      return { list: typeToJson(type.element, integerName) }
    case 'map':
      return { map: typeToJson(type.value, integerName) }
    default:
      return type.kind
  }
}

export function typeFromJson(json: TypeJson): Type {
  if (json === 'int64') return { kind: 'int64', exact: true }
  if (json === 'int64_wide') return { kind: 'int64', exact: false }
  if (typeof json === 'string') return { kind: json }
  if ('list' in json) return { kind: 'list', element: typeFromJson(json.list) }
  if ('map' in json) return { kind: 'map', value: typeFromJson(json.map) }
  return { kind: 'struct', fields: schemaFromJson(json.struct) }
}
