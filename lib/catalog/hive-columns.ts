import { formatPath, type PathStep } from '../path-pattern.ts'
import type { FieldJson, TypeJson } from '../shred/schema-json.ts'

/** A column as Hive, Glue and Athena declare it. */
export interface HiveColumn {
  readonly name: string
  readonly type: string
}

/** What of a schema those catalogs can hold. */
export interface HiveColumns {
  readonly columns: readonly HiveColumn[]
  /** Paths that cannot be declared, each with the reason. The Parquet files have them all the same. */
  readonly leftOut: readonly LeftOut[]
}

export interface LeftOut {
  readonly path: string
  readonly why: string
}

/**
 * A schema's columns in Hive's types. Names are folded to small letters there, may hold nothing but letters, digits and
 * `_` (docs.aws.amazon.com/athena, "Name databases, tables, and columns"), and must differ when folded. `partition` is
 * the name of the partition's column, which no other can have. A struct without fields that can be declared is left out.
 */
export function hiveColumns(schema: readonly FieldJson[], partition: string): HiveColumns {
  const leftOut: LeftOut[] = []
  const columns = declared(schema, [], leftOut, partition)
  return { columns, leftOut }
}

function declared(
  fields: readonly FieldJson[],
  at: readonly PathStep[],
  leftOut: LeftOut[],
  taken: string | undefined,
): HiveColumn[] {
  const byName = Map.groupBy(fields, ({ name }) => name.toLowerCase())
  return fields.flatMap((field) => {
    const path: readonly PathStep[] = [...at, { kind: 'name', name: field.name }]
    const name = field.name.toLowerCase()
    const why = obstacle(name, byName.get(name)!.length, taken)
    const type = why === undefined ? hiveType(field.type, path, leftOut) : undefined
    if (why !== undefined) leftOut.push({ path: formatPath(path), why })
    return type === undefined ? [] : [{ name, type }]
  })
}

function obstacle(name: string, sharing: number, taken: string | undefined): string | undefined {
  if (!/^[a-z0-9_]+$/.test(name)) return 'its name has other characters than letters, digits and _'
  if (name === taken) return "the partition's column has its name"
  return sharing > 1 ? 'another name differs from it in case alone' : undefined
}

const SCALARS = {
  bool: 'boolean',
  int64: 'bigint',
  int64_wide: 'bigint',
  double: 'double',
  string: 'string',
  json: 'string',
  timestamp: 'timestamp',
} as const

/** Undefined for what has nothing inside that can be declared. */
function hiveType(type: TypeJson, path: readonly PathStep[], leftOut: LeftOut[]): string | undefined {
  if (typeof type === 'string') return SCALARS[type]
  if ('list' in type) {
    const element = hiveType(type.list, [...path, { kind: 'element' }], leftOut)
    return element && `array<${element}>`
  }
  if ('map' in type) {
    const value = hiveType(type.map, [...path, { kind: 'any' }], leftOut)
    return value && `map<string,${value}>`
  }
  const fields = declared(type.struct, path, leftOut, undefined)
  return fields.length === 0 ? undefined : `struct<${fields.map(({ name, type }) => `${name}:${type}`).join(',')}>`
}
