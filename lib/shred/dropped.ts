import { formatPath, type PathStep } from '../path-pattern.ts'
import { type Profile, present, valuesOf } from './profile.ts'
import type { ShredRules } from './rules.ts'
import type { Field, Schema, Type } from './type.ts'

/** A path that was seen and has no column. */
export interface DroppedColumn {
  readonly path: string
  /** `empty`: only null, `{}` or `[]`, or containers of such; `configured`: a drop override of it, or of all inside it. */
  readonly reason: 'empty' | 'configured'
  /** Which of `null`, `{}`, `[]`, `object`, `list`, `value` were seen. */
  readonly saw: string[]
}

/** Every path of `profile` that `schema` has no column for, in order of first appearance; nothing below such a path. */
export function droppedColumns(schema: Schema, profile: Profile, rules: ShredRules): DroppedColumn[] {
  return droppedFields(schema, profile, [], rules)
}

function droppedFields(
  fields: readonly Field[],
  profile: Profile,
  at: readonly PathStep[],
  rules: ShredRules,
): DroppedColumn[] {
  const types = new Map(fields.map((field) => [field.key, field.type]))
  return (profile.fields ?? []).flatMap(([key, value]) => {
    const path = [...at, { kind: 'name', name: key } as const]
    return droppedAt(types.get(key), value, path, rules)
  })
}

function droppedAt(
  type: Type | undefined,
  profile: Profile,
  path: readonly PathStep[],
  rules: ShredRules,
): DroppedColumn[] {
  if (type === undefined) {
    const reason = holdsDropped(profile, path, rules) ? 'configured' : 'empty'
    return [{ path: formatPath(path), reason, saw: sawAt(profile) }]
  }
  if (type.kind === 'struct') return droppedFields(type.fields, profile, path, rules)
  if (type.kind === 'list' && profile.elements !== undefined) {
    return droppedAt(type.element, profile.elements, [...path, { kind: 'element' }], rules)
  }
  const values = type.kind === 'map' ? valuesOf(profile) : undefined
  return type.kind === 'map' && values !== undefined
    ? droppedAt(type.value, values, [...path, { kind: 'any' }], rules)
    : []
}

/** Whether the path or something inside it has a drop override: then it is not for want of values that it has no column. */
function holdsDropped(profile: Profile, path: readonly PathStep[], rules: ShredRules): boolean {
  if (rules.ruleAt(path).as === 'drop') return true
  const { elements, fields = [], values } = profile
  return (
    (elements !== undefined && holdsDropped(elements, [...path, { kind: 'element' }], rules)) ||
    (values !== undefined && holdsDropped(values, [...path, { kind: 'any' }], rules)) ||
    fields.some(([key, value]) => holdsDropped(value, [...path, { kind: 'name', name: key }], rules))
  )
}

function sawAt(profile: Profile): string[] {
  const { nulls, objects = 0, empty_objects = 0, lists = 0, empty_lists = 0 } = profile
  return [
    ...(nulls === undefined ? [] : ['null']),
    ...(empty_objects > 0 ? ['{}'] : []),
    ...(empty_lists > 0 ? ['[]'] : []),
    ...(objects > empty_objects ? ['object'] : []),
    ...(lists > empty_lists ? ['list'] : []),
    ...(present(profile) > objects + lists ? ['value'] : []),
  ]
}

/** Per struct the columns whose names differ only in case, as dotted paths of names. */
export function caseCollisions(schema: Schema): string[][] {
  return collisionsIn(schema, [])
}

function collisionsIn(fields: readonly Field[], at: readonly PathStep[]): string[][] {
  const paths = fields.map((field) => [...at, { kind: 'name', name: field.name } as const])
  const folded = Map.groupBy(fields.keys(), (i) => fields[i]!.name.toLowerCase())
  const here = [...folded.values()]
    .filter((same) => same.length > 1)
    .map((same) => same.map((i) => formatPath(paths[i]!)))
  return [...here, ...fields.flatMap((field, i) => collisionsBelow(field.type, paths[i]!))]
}

function collisionsBelow(type: Type, at: readonly PathStep[]): string[][] {
  if (type.kind === 'struct') return collisionsIn(type.fields, at)
  if (type.kind === 'list') return collisionsBelow(type.element, [...at, { kind: 'element' }])
  return type.kind === 'map' ? collisionsBelow(type.value, [...at, { kind: 'any' }]) : []
}
