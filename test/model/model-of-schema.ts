import type { Schema, Type } from '../../lib/shred/type.ts'
import type { ModelFields, ModelType } from './schema-model.ts'

/** A schema in the model's form. */
export function modelOf(schema: Schema): ModelFields {
  return new Map(schema.map(({ name, key, type }) => [name, { key, type: typeOf(type) }]))
}

function typeOf(type: Type): ModelType {
  switch (type.kind) {
    case 'null':
      return 'nothing'
    case 'int64':
      return type.exact ? 'int64' : 'int64_wide'
    case 'struct':
      return { struct: modelOf(type.fields) }
    case 'list':
      return { list: typeOf(type.element) }
    case 'map':
      return { map: typeOf(type.value) }
    default:
      return type.kind
  }
}

/** The fields as columns show them: nothing there tells whether all integers are exact in a double. */
export function asColumns(fields: ModelFields): ModelFields {
  return new Map([...fields].map(([name, { key, type }]) => [name, { key, type: asColumn(type) }]))
}

function asColumn(type: ModelType): ModelType {
  if (typeof type === 'string') return type === 'int64_wide' ? 'int64' : type
  if ('struct' in type) return { struct: asColumns(type.struct) }
  return 'list' in type ? { list: asColumn(type.list) } : { map: asColumn(type.map) }
}
