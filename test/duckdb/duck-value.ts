import {
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { Written } from '../generate/json-tree.ts'
import type { ModelFields, ModelScalar, ModelType } from '../model/schema-model.ts'
import { microsOf } from '../model/timestamp-model.ts'

/* What DuckDB must hold: types as SQL, and values that are handed over as they are, without a parser between. */

const SCALARS: Readonly<Record<ModelScalar, string>> = {
  bool: 'BOOLEAN',
  int64: 'BIGINT',
  int64_wide: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  json: 'VARCHAR',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
}

export function duckColumns(fields: ModelFields): string {
  return [...fields].map(([name, { type }]) => `${quoted(name)} ${duckType(type)}`).join(', ')
}

export function duckType(type: ModelType): string {
  if (type === 'nothing') throw new Error('a path without a column has no type')
  if (typeof type === 'string') return SCALARS[type]
  if ('struct' in type) return `STRUCT(${duckColumns(type.struct)})`
  return 'list' in type ? `${duckType(type.list)}[]` : `MAP(VARCHAR, ${duckType(type.map)})`
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function duckValue(value: Written | undefined, type: ModelType): DuckDBValue {
  if (value === undefined || value.kind === 'null') return null
  if (type === 'json') return value.text
  if (value.kind === 'bool') return value.value
  if (value.kind === 'string')
    return type === 'timestamp' ? new DuckDBTimestampTZValue(microsOf(value.value)!) : value.value
  if (value.kind === 'number') return type === 'double' ? Number(value.text) : BigInt(value.text)
  if (typeof type !== 'object') throw new Error(`${value.text} in a column of type ${type}`)
  if (value.kind === 'array') {
    if (!('list' in type)) throw new Error(`${value.text} in a column that is no list`)
    return new DuckDBListValue(value.items.map((item) => duckValue(item, type.list)))
  }
  const { members } = value
  if ('map' in type) {
    return new DuckDBMapValue([...members].map(([key, item]) => ({ key, value: duckValue(item, type.map) })))
  }
  if (!('struct' in type)) throw new Error(`${value.text} in a column that is no struct`)
  const entries = [...type.struct].map(
    ([name, field]) => [name, duckValue(members.get(field.key), field.type)] as const,
  )
  return new DuckDBStructValue(Object.fromEntries(entries))
}
