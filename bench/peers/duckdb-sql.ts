import type { FieldJson, TypeJson } from '../../lib/shred/schema-json.ts'

/* The statements that the peer runs. */

/** As a user writes it: DuckDB finds the columns and their types by itself. */
export function copyAsWritten(glob: string, file: string): string {
  return copy(`read_json(${text(glob)}, format = 'newline_delimited')`, file)
}

/** Given the columns that Dayseal found: nothing to sniff. */
export function copyWithSchema(glob: string, file: string, schema: readonly FieldJson[]): string {
  const columns = schema.map(({ name, key, type }) => `${identifier(key ?? name)}: ${text(duckType(type))}`).join(', ')
  return copy(`read_json(${text(glob)}, format = 'newline_delimited', columns = {${columns}})`, file)
}

function copy(from: string, file: string): string {
  return `COPY (SELECT * FROM ${from}) TO ${text(file)} (FORMAT parquet, COMPRESSION zstd)`
}

const SCALARS = {
  bool: 'BOOLEAN',
  int64: 'BIGINT',
  int64_wide: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  json: 'JSON',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
} as const satisfies Record<Extract<TypeJson, string>, string>

/** The type of a column in DuckDB, once it is read from the JSON, or from our Parquet file (where JSON text is VARCHAR). */
export function duckType(type: TypeJson): string {
  if (typeof type === 'string') return SCALARS[type]
  if ('list' in type) return `${duckType(type.list)}[]`
  if ('map' in type) return `MAP(VARCHAR, ${duckType(type.map)})`
  return `STRUCT(${type.struct.map(({ name, type }) => `${identifier(name)} ${duckType(type)}`).join(', ')})`
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
