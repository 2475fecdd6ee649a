import type { Field, Schema, Type } from '../../../lib/shred/type.ts'
import { formatMicros } from '../../../lib/time/timestamp.ts'
import type { Row, Value } from '../../parquet/reference-shred.ts'

/* What an export's rows are to be, over plain values. Shares nothing with lib/export/rows. */

export type Step = { readonly name: string } | '[]' | '*'

/** The paths of all leaves; a map's keys have none. */
export function leafPaths(schema: Schema): readonly (readonly Step[])[] {
  return schema.flatMap(({ name, type }) => pathsIn(type).map((path) => [{ name }, ...path]))
}

function pathsIn(type: Type): readonly (readonly Step[])[] {
  if (type.kind === 'struct') return leafPaths(type.fields)
  if (type.kind === 'list') return pathsIn(type.element).map((path) => ['[]' as const, ...path])
  if (type.kind === 'map') return pathsIn(type.value).map((path) => ['*' as const, ...path])
  return [[]]
}

export function textOfPath(path: readonly Step[]): string {
  return path
    .map((step, i) => {
      if (step === '[]') return '[]'
      return (i === 0 ? '' : '.') + (step === '*' ? '*' : step.name.replace(/[.\\*[]/g, '\\$&'))
    })
    .join('')
}

/** The type with only the leaves of `kept`; undefined when none is left. */
export function keepPaths(type: Type, kept: readonly (readonly Step[])[]): Type | undefined {
  const under = (is: (step: Step) => boolean) =>
    kept.filter((path) => path.length > 0 && is(path[0]!)).map((path) => path.slice(1))
  switch (type.kind) {
    case 'struct': {
      const fields = type.fields.flatMap((field): Field[] => {
        const inner = keepPaths(
          field.type,
          under((step) => typeof step === 'object' && step.name === field.name),
        )
        return inner === undefined ? [] : [{ ...field, type: inner }]
      })
      return fields.length === 0 ? undefined : { kind: 'struct', fields }
    }
    case 'list': {
      const element = keepPaths(
        type.element,
        under((step) => step === '[]'),
      )
      return element && { kind: 'list', element }
    }
    case 'map': {
      const value = keepPaths(
        type.value,
        under((step) => step === '*'),
      )
      return value && { kind: 'map', value }
    }
    default:
      return kept.length > 0 ? type : undefined
  }
}

/** A day's value as the columns of all days hold it. `day` is its type there; undefined where it has no such column. */
export function asType(value: Value, day: Type | undefined, type: Type): unknown {
  if (value === null || value === undefined || day === undefined) return null
  if (type.kind === 'struct' && day.kind === 'struct') {
    return Object.fromEntries(type.fields.map(({ name, type }) => [name, asType(...memberOf(value, day, name), type)]))
  }
  if (type.kind === 'list' && day.kind === 'list') {
    return (value as Value[]).map((item) => asType(item, day.element, type.element))
  }
  if (type.kind === 'map') {
    const entries: readonly (readonly [string, Value, Type])[] =
      day.kind === 'map'
        ? [...(value as ReadonlyMap<string, Value>)].map(([key, item]) => [key, item, day.value])
        : (day as Extract<Type, { kind: 'struct' }>).fields.map((field) => [
            field.name,
            (value as Row)[field.name],
            field.type,
          ])
    const there = day.kind === 'map' ? entries : entries.filter(([, item]) => item !== null && item !== undefined)
    return new Map(there.map(([key, item, inner]) => [key, asType(item, inner, type.value)]))
  }
  if (type.kind === day.kind) return value
  if (type.kind === 'double' && day.kind === 'int64') return Number(value)
  if (type.kind === 'string' && day.kind === 'timestamp') return formatMicros(value as bigint)
  if (type.kind === 'json') return jsonText(value, day)
  throw new Error(`${day.kind} is no ${type.kind}`)
}

function memberOf(value: Value, day: Extract<Type, { kind: 'struct' }>, name: string): [Value, Type | undefined] {
  return [(value as Row)[name], day.fields.find((field) => field.name === name)?.type]
}

function jsonText(value: Value, type: Type): string {
  if (value === null || value === undefined) return 'null'
  switch (type.kind) {
    case 'struct': {
      const members = type.fields.flatMap((field) => {
        const member = (value as Row)[field.name]
        if (member === null || member === undefined) return []
        return [`${JSON.stringify(field.name)}:${jsonText(member, field.type)}`]
      })
      return `{${members.join()}}`
    }
    case 'list':
      return `[${(value as Value[]).map((item) => jsonText(item, type.element)).join()}]`
    case 'map':
      return `{${[...(value as ReadonlyMap<string, Value>)].map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item, type.value)}`).join()}}`
    case 'double':
      return doubleText(value as number)
    case 'json':
      return value as string
    case 'string':
      return JSON.stringify(value)
    case 'timestamp':
      return JSON.stringify(formatMicros(value as bigint))
    default:
      return String(value)
  }
}

function doubleText(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** Every value that a path names in a row; one null where a struct on the way is null. */
export function valuesAt(value: unknown, path: readonly Step[]): readonly unknown[] {
  const [step, ...rest] = path
  if (step === undefined) return [value]
  if (step === '[]') return value === null ? [] : (value as unknown[]).flatMap((item) => valuesAt(item, rest))
  if (step === '*') {
    return value === null ? [] : [...(value as Map<string, unknown>).values()].flatMap((item) => valuesAt(item, rest))
  }
  if (value === null) return rest.some((later) => typeof later === 'string') ? [] : [null]
  return valuesAt((value as Record<string, unknown>)[step.name], rest)
}

/** The type with what the values say of its integers. */
export function withExact(type: Type, values: readonly Value[]): Type {
  const there = values.filter((value) => value !== null && value !== undefined)
  switch (type.kind) {
    case 'int64':
      return { kind: 'int64', exact: there.every((value) => (value as bigint) ** 2n <= 2n ** 106n) }
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({
          ...field,
          type: withExact(
            field.type,
            there.map((value) => (value as Row)[field.name]),
          ),
        })),
      }
    case 'list':
      return { kind: 'list', element: withExact(type.element, (there as Value[][]).flat()) }
    case 'map':
      return {
        kind: 'map',
        value: withExact(
          type.value,
          (there as Map<string, Value>[]).flatMap((map) => [...map.values()]),
        ),
      }
    default:
      return type
  }
}
