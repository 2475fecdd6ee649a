import { corrupt } from '../../parquet/read-tree.ts'
import { parseJson } from '../../parse-json.ts'
import { parsePath } from '../../path-pattern.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { TimeForm } from '../../time/time-form.ts'
import { AUTO_TIME, timeReader } from '../../time/time-reader.ts'

/** A row of JSON in which numbers are their texts. */
export type RowMembers = Readonly<Record<string, unknown>>

export function parseRow(bytes: Uint8Array, line: number): RowMembers {
  try {
    const row = parseJson(Buffer.from(bytes).toString('utf8'), (_, text) => text)
    if (typeof row === 'object' && row !== null) return row as RowMembers
  } catch {
    // As for another value.
  }
  throw corrupt(`line ${line} is no row`, 'something else', 'an object')
}

/** The text of a column, by its path; undefined where it is null or not there. */
export function memberText(row: RowMembers, path: string): string | undefined {
  let value: unknown = row
  for (const step of parsePath(path)) {
    if (step.kind !== 'name' || typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, step.name) ? (value as RowMembers)[step.name] : undefined
  }
  return typeof value === 'string' ? value : undefined
}

/** The time that a text or a number's digits are. Undefined for null. */
export type MicrosOf = (text: string | undefined) => bigint | undefined

/** @param kind of the column: a timestamp is written in one form, whatever that of others is */
export function microsReader(kind: FieldJson['type'] | undefined, form: TimeForm): MicrosOf {
  const reader = kind === 'timestamp' ? AUTO_TIME : timeReader(form)
  return (text) => {
    if (text === undefined) return undefined
    const micros = reader.text(text)?.micros
    if (micros === undefined) throw corrupt('a time cannot be read', JSON.stringify(text.slice(0, 60)), 'a time')
    return micros
  }
}

/** What the column at a path is. */
export function kindAt(columns: readonly FieldJson[], path: string | undefined): FieldJson['type'] | undefined {
  if (path === undefined) return undefined
  return parsePath(path).reduce<FieldJson['type'] | undefined>(
    (type, step) =>
      typeof type === 'object' && 'struct' in type && step.kind === 'name'
        ? type.struct.find(({ name }) => name === step.name)?.type
        : undefined,
    { struct: [...columns] },
  )
}
