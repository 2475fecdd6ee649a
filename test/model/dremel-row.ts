import type { Written, WrittenObject } from '../generate/json-tree.ts'
import type { Row, Value } from '../parquet/reference-shred.ts'
import type { ModelFields, ModelType } from './schema-model.ts'
import { microsOf } from './timestamp-model.ts'

/** A row as the reference shredder takes it, for columns that it fits. */
export function dremelRow({ members }: WrittenObject, columns: ModelFields): Row {
  // Without a prototype, which would have a `constructor` and swallow a `__proto__`.
  const row: Record<string, Value> = Object.create(null)
  for (const { key, type } of columns.values()) {
    const value = members.get(key)
    if (value !== undefined) row[key] = dremelValue(value, type)
  }
  return row
}

function dremelValue(value: Written, type: ModelType): Value {
  if (value.kind === 'null') return null
  if (type === 'json') return value.text
  if (type === 'string' && (value.kind === 'bool' || value.kind === 'number')) return value.text
  if (value.kind === 'bool') return value.value
  if (value.kind === 'string') return type === 'timestamp' ? microsOf(value.value)! : value.value
  if (value.kind === 'number' && type === 'timestamp') return microsOf(value.text)!
  if (value.kind === 'number') return type === 'double' ? Number(value.text) : BigInt(value.text)
  if (typeof type === 'object' && 'list' in type && value.kind === 'array') {
    return value.items.map((item) => dremelValue(item, type.list))
  }
  if (typeof type === 'object' && 'struct' in type && value.kind === 'object') return dremelRow(value, type.struct)
  if (typeof type === 'object' && 'map' in type && value.kind === 'object') {
    return new Map([...value.members].map(([key, item]) => [key, dremelValue(item, type.map)]))
  }
  throw new Error(`${value.text} in a column of ${JSON.stringify(type)}`)
}
