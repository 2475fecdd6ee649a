import { corrupt } from '../../parquet/read-tree.ts'
import { parseJson } from '../../parse-json.ts'
import { parsePath } from '../../path-pattern.ts'
import { parseTimestamp } from '../../shred/timestamp.ts'

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

/** Of RFC 3339. Undefined for null. */
export function microsOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'utf8')
  const micros = parseTimestamp(bytes, 0, bytes.length)
  if (micros === undefined) throw corrupt('a time cannot be read', JSON.stringify(text.slice(0, 60)), 'RFC 3339')
  return micros
}
