import type { Cell, StructCell } from '../parquet/read-rows.ts'
import { formatPath, matchPath, type PathStep } from '../path-pattern.ts'
import type { Field, Schema, Type } from '../shred/type.ts'
import type { TimeForm } from '../time/time-form.ts'
import { type ExactJson, ExactNumber, equalJson, isArray, isObject, memberOf, parseExact } from './exact-json.ts'
import { readInstant } from './instant.ts'

/** A path that has no column, as the manifest lists it. */
export interface DroppedPath {
  readonly path: readonly PathStep[]
  /** Whether its values may be anything, not only empty. */
  readonly configured: boolean
}

/** A timestamp column whose times are written in a form of their own. */
export interface TimePath {
  readonly path: readonly PathStep[]
  readonly form: TimeForm
}

/** What the manifest says of paths of the source. */
interface KnownPaths {
  readonly dropped: readonly DroppedPath[]
  readonly times: readonly TimePath[]
}

/**
 * Where a row read back from Parquet differs from its source line, under the schema's semantics: an absent key and null
 * are both NULL, a key without a column is listed as dropped. The entries of a map are compared by key.
 */
export function compareRow(
  schema: Schema,
  dropped: readonly DroppedPath[],
  row: StructCell,
  source: ExactJson,
  times: readonly TimePath[] = [],
): string[] {
  if (!isObject(source)) return ['the line is no object']
  return compareFields(schema, { dropped, times }, row, source, [])
}

function compareFields(
  fields: readonly Field[],
  known: KnownPaths,
  cell: StructCell,
  source: { readonly [key: string]: ExactJson },
  path: readonly PathStep[],
): string[] {
  const keys = new Set(fields.map(({ key }) => key))
  const lost = Object.keys(source)
    .filter((key) => !keys.has(key))
    .flatMap((key) => uncovered(source[key]!, known.dropped, [...path, { kind: 'name', name: key }]))
  const differing = fields.flatMap(({ key, type }, i) => {
    return compare(type, known, cell.struct[i] ?? null, memberOf(source, key) ?? null, [
      ...path,
      { kind: 'name', name: key },
    ])
  })
  return [...lost, ...differing]
}

function compare(type: Type, known: KnownPaths, cell: Cell, source: ExactJson, path: readonly PathStep[]): string[] {
  if (cell === null || source === null) return cell === source ? [] : [differ(path, cell, source)]
  if (type.kind === 'struct' && hasKind(cell, 'struct') && isObject(source)) {
    return compareFields(type.fields, known, cell, source, path)
  }
  if (type.kind === 'list' && hasKind(cell, 'list') && isArray(source)) {
    if (cell.list.length !== source.length) return [differ(path, cell, source)]
    const inside: readonly PathStep[] = [...path, { kind: 'element' }]
    return source.flatMap((item, i) => compare(type.element, known, cell.list[i]!, item, inside))
  }
  if (type.kind === 'map' && hasKind(cell, 'map') && isObject(source)) {
    const entries = new Map(cell.map)
    if (entries.size !== cell.map.length) return [`${formatPath(path)} has a key twice`]
    if (entries.size !== Object.keys(source).length) return [differ(path, cell, source)]
    const inside: readonly PathStep[] = [...path, { kind: 'any' }]
    return Object.keys(source).flatMap((key) => {
      const value = entries.get(key)
      if (value === undefined) return [`${formatPath(path)} lacks the key ${JSON.stringify(key)}`]
      return compare(type.value, known, value, source[key]!, inside)
    })
  }
  return sameScalar(type, cell, source, known, path) ? [] : [differ(path, cell, source)]
}

function hasKind<K extends 'struct' | 'list' | 'map'>(
  cell: Cell,
  kind: K,
): cell is Extract<Cell, { readonly [key in K]: unknown }> {
  return typeof cell === 'object' && cell !== null && kind in cell
}

/** In a column that the configuration makes one of texts, numbers and booleans are as they are written. */
function textOf(source: ExactJson): ExactJson {
  if (source instanceof ExactNumber) return source.text
  return typeof source === 'boolean' ? String(source) : source
}

function sameScalar(
  type: Type,
  cell: Cell,
  source: ExactJson,
  { times }: KnownPaths,
  path: readonly PathStep[],
): boolean {
  switch (type.kind) {
    case 'bool':
      return cell === source
    case 'string':
      return cell === textOf(source)
    case 'int64':
      return source instanceof ExactNumber && /^-?\d+$/.test(source.text) && cell === BigInt(source.text)
    case 'double':
      return source instanceof ExactNumber && Object.is(cell, Number(source.text))
    case 'timestamp':
      return cell === instantOf(source, times.find((pattern) => matchPath(pattern.path, path))?.form ?? 'auto')
    case 'json':
      return typeof cell === 'string' && equalJson(parseExact(cell), source)
    default:
      return false
  }
}

/** Undefined also for a time that a column of microseconds cannot hold. */
function instantOf(source: ExactJson, form: TimeForm): bigint | undefined {
  const text = source instanceof ExactNumber ? source.text : source
  const instant = typeof text === 'string' ? readInstant(text, form) : undefined
  return instant?.exact ? instant.micros : undefined
}

/**
 * What of a value without a column `dropped_columns` does not explain. A path that is listed as empty may hold nothing
 * but null, `{}`, `[]` and containers of such, which are not listed again. Nulls need no explanation.
 */
function uncovered(
  source: ExactJson,
  dropped: readonly DroppedPath[],
  path: readonly PathStep[],
  around = false,
): string[] {
  const own = dropped.filter((pattern) => matchPath(pattern.path, path))
  if (source === null || own.some(({ configured }) => configured)) return []
  const listed = around || own.length > 0
  const inside: readonly (readonly [PathStep, ExactJson])[] | undefined = isArray(source)
    ? source.map((item) => [{ kind: 'element' }, item])
    : isObject(source)
      ? Object.entries(source).map(([name, item]) => [{ kind: 'name', name }, item])
      : undefined
  if (inside !== undefined && (listed || inside.length > 0)) {
    return inside.flatMap(([step, item]) => uncovered(item, dropped, [...path, step], listed))
  }
  return [`${formatPath(path)} has no column and is not listed as dropped`]
}

function differ(path: readonly PathStep[], cell: Cell, source: ExactJson): string {
  return `${formatPath(path)} is ${brief(cell)} and in the source ${brief(source)}`
}

function brief(value: Cell | ExactJson): string {
  if (value instanceof ExactNumber) return value.text
  if (typeof value === 'bigint') return String(value)
  const text = JSON.stringify(value, (_, inner) => {
    if (inner instanceof ExactNumber) return inner.text
    return typeof inner === 'bigint' ? String(inner) : inner
  })
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
