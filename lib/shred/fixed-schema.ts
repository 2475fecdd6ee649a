import { formatPath, type PathStep } from '../path-pattern.ts'
import type { Profile } from './profile.ts'
import { resolveSchema } from './resolve.ts'
import type { ShredRules } from './rules.ts'
import { type Field, pruneType, type Schema, type Type } from './type.ts'

/** The columns with which an hour is written whose day has others than it found by itself. */
export interface FixedSchema {
  /** The day's, with a place for what was only `{}`, `[]` or null. */
  readonly schema: Schema
  /** Paths with values for which the day has no column, and nothing below such a path: lines that have them are no rows. */
  readonly leftOut: readonly string[]
}

/** @param profile what the hour found by itself */
export function fixedSchema(day: Schema, profile: Profile, rules: ShredRules): FixedSchema {
  const leftOut: string[] = []
  return { schema: keepFields(resolveSchema(day, profile, rules), day, [], leftOut), leftOut }
}

function keepFields(fields: readonly Field[], day: Schema, at: readonly PathStep[], leftOut: string[]): Field[] {
  const types = new Map(day.map(({ key, type }) => [key, type]))
  return fields.flatMap((field): Field[] => {
    const path = [...at, { kind: 'name', name: field.key } as const]
    const type = types.get(field.key)
    if (type !== undefined) return [{ ...field, type: keepType(field.type, type, path, leftOut) }]
    if (pruneType(field.type).kind === 'null') return [field]
    leftOut.push(formatPath(path))
    return []
  })
}

function keepType(type: Type, day: Type, path: readonly PathStep[], leftOut: string[]): Type {
  if (type.kind === 'struct' && day.kind === 'struct') {
    return { kind: 'struct', fields: keepFields(type.fields, day.fields, path, leftOut) }
  }
  if (type.kind === 'list' && day.kind === 'list') {
    return { kind: 'list', element: keepType(type.element, day.element, [...path, { kind: 'element' }], leftOut) }
  }
  if (type.kind === 'map' && day.kind === 'map') {
    return { kind: 'map', value: keepType(type.value, day.value, [...path, { kind: 'any' }], leftOut) }
  }
  return type
}
