import type { KeyValue } from 'hyparquet'
import { formatPath, type PathStep } from '../path-pattern.ts'
import type { Schema, Type } from '../shred/type.ts'

/** What a file says of itself beside its columns (parquet.thrift, `FileMetaData.key_value_metadata`), by key. */
export type KeyValues = Readonly<Record<string, string>>

/**
 * The columns whose texts are JSON, as a JSON array of their paths by name (`lib/path-pattern.ts`), in the file's order.
 * In the schema they are STRING: a logical type JSON is what many readers do not know, or take for something else. A file
 * without such columns does not have this key.
 */
export const JSON_COLUMNS = 'dayseal.json_columns'

/** All that a file of this schema says of itself; `others` are what its writer says. */
export function keyValuesOf(schema: Schema, others: KeyValues = {}): KeyValues {
  const json = jsonColumns({ kind: 'struct', fields: schema }, [])
  return json.length === 0 ? others : { ...others, [JSON_COLUMNS]: JSON.stringify(json) }
}

function jsonColumns(type: Type, at: readonly PathStep[]): string[] {
  switch (type.kind) {
    case 'json':
      return [formatPath(at)]
    case 'struct':
      return type.fields.flatMap((field) => jsonColumns(field.type, [...at, { kind: 'name', name: field.name }]))
    case 'list':
      return jsonColumns(type.element, [...at, { kind: 'element' }])
    case 'map':
      return jsonColumns(type.value, [...at, { kind: 'any' }])
    default:
      return []
  }
}

/** In the order of their keys, as the footer has them; undefined for none. */
export function toKeyValues(values: KeyValues): KeyValue[] | undefined {
  const keys = Object.keys(values).sort()
  return keys.length === 0 ? undefined : keys.map((key) => ({ key, value: values[key]! }))
}

/** As a footer has them: a key may be there without a value. */
export type KeyValueList = readonly { readonly key?: string | undefined; readonly value?: string | undefined }[]

/** The first value of each key. In an altered footer the list may be anything: it says nothing then. */
export function fromKeyValues(list: KeyValueList = []): KeyValues {
  if (!Array.isArray(list)) return {}
  const pairs = list.flatMap(({ key, value }) => (key === undefined || value === undefined ? [] : [[key, value]]))
  return Object.fromEntries(pairs.toReversed())
}
