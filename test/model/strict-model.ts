import type { FieldJson, TypeJson } from '../../lib/shred/schema-json.ts'
import type { Written } from '../generate/json-tree.ts'
import { type ModelFields, type ModelType, numberClass } from './schema-model.ts'
import { microsOf } from './timestamp-model.ts'

/** Whether a value has its place in a declared column. */
export function fits(value: Written, type: ModelType): boolean {
  if (value.kind === 'null' || type === 'json') return true
  switch (value.kind) {
    case 'bool':
      return type === 'bool'
    case 'string':
      return type === 'string' || (type === 'timestamp' && microsOf(value.value) !== undefined)
    case 'number':
      if (type === 'timestamp') return microsOf(value.text) !== undefined
      return fitsNumber(numberClass(value.text), type)
    case 'array':
      return typeof type === 'object' && 'list' in type && value.items.every((item) => fits(item, type.list))
    case 'object':
      if (typeof type !== 'object' || 'list' in type) return false
      if ('map' in type) return [...value.members.values()].every((item) => fits(item, type.map))
      return [...value.members].every(([key, item]) => {
        const field = [...type.struct.values()].find((one) => one.key === key)
        return field !== undefined && fits(item, field.type)
      })
  }
}

function fitsNumber(kind: ReturnType<typeof numberClass>, type: ModelType): boolean {
  if (type === 'double') return kind === 'int' || kind === 'double'
  return (type === 'int64' || type === 'int64_wide') && (kind === 'int' || kind === 'wide')
}

export function declaredOf(fields: ModelFields): FieldJson[] {
  return [...fields.values()].map(({ key, type }) => ({ name: key, type: typeJsonOf(type) }))
}

function typeJsonOf(type: ModelType): TypeJson {
  if (type === 'nothing') throw new Error('a path without a column cannot be declared')
  if (typeof type === 'string') return type
  if ('list' in type) return { list: typeJsonOf(type.list) }
  return 'map' in type ? { map: typeJsonOf(type.map) } : { struct: declaredOf(type.struct) }
}
