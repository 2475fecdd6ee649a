import type { Written, WrittenObject } from '../generate/json-tree.ts'
import type { ModelFields, ModelType } from './schema-model.ts'
import { microsOf } from './timestamp-model.ts'

/**
 * A value as every reader's is compared: structs as the sorted pairs of name and value, maps as sorted entries, scalars
 * as texts that name their type (a double by its bits).
 */
export type Plain =
  | null
  | string
  | { readonly list: readonly Plain[] }
  | { readonly map: Pairs }
  | { readonly struct: Pairs }
export type Pairs = readonly (readonly [string, Plain])[]

/** The rows that a file with these columns must hold. */
export function expectedRows(rows: readonly WrittenObject[], schema: ModelFields): Plain[] {
  return rows.map((row) => expected(row, { struct: schema }))
}

function expected(value: Written | undefined, type: ModelType): Plain {
  if (value === undefined || value.kind === 'null') return null
  if (type === 'json') return plainText('json', value.text)
  if (typeof type === 'object') return expectedNested(value, type)
  if (type === 'string' && (value.kind === 'bool' || value.kind === 'number')) return plainText('string', value.text)
  if (value.kind === 'bool') return plainText('bool', String(value.value))
  if (value.kind === 'string') {
    return type === 'timestamp'
      ? plainText('timestamp', String(microsOf(value.value)!))
      : plainText('string', value.value)
  }
  if (type === 'timestamp') return plainText('timestamp', String(microsOf(value.text)!))
  return type === 'double' ? plainDouble(Number(value.text)) : plainText('int64', String(BigInt(value.text)))
}

function expectedNested(value: Written, type: Exclude<ModelType, string>): Plain {
  if ('list' in type && value.kind === 'array') return { list: value.items.map((item) => expected(item, type.list)) }
  if (value.kind !== 'object') throw new Error(`${value.text} in a column of ${JSON.stringify(type)}`)
  if ('map' in type) {
    return { map: sortedPairs([...value.members].map(([key, item]) => [key, expected(item, type.map)] as const)) }
  }
  if (!('struct' in type)) throw new Error(`${value.text} in a list column`)
  const { members } = value
  return {
    struct: sortedPairs([...type.struct].map(([name, field]) => [name, expected(members.get(field.key), field.type)])),
  }
}

export function sortedPairs(pairs: Pairs): Pairs {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
}

export function plainText(kind: 'bool' | 'int64' | 'string' | 'json' | 'timestamp', text: string): string {
  return `${kind} ${text}`
}

export function plainDouble(value: number): string {
  return `double ${Buffer.from(Float64Array.of(value).buffer).toString('hex')}`
}
