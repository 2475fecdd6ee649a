import { formatPath, type PathStep } from '../path-pattern.ts'
import { pathsOf } from './levels.ts'
import { type Profile, present, valuesOf } from './profile.ts'
import type { Field, Schema, Type } from './type.ts'

/** So many columns and containers that a day's rows do not have stay learnt: every hour carries them. */
const MAX_UNSEEN = 2_500

/** What the day did not have: an object or a list, or all the other columns of an object. */
interface Absent {
  readonly path: string
  readonly fields: readonly Field[]
  readonly paths: number
}

/**
 * The learnt schema, of which at most 2,500 columns and containers are not in the day. Where there are more, one wide row
 * is the likely reason: what is the widest is forgotten first.
 */
export function forgetUnseen(learnt: Schema, day: Profile): Schema {
  const absent: Absent[] = []
  findAbsent(learnt, day, [], absent)
  let unseen = absent.reduce((sum, { paths }) => sum + paths, 0)
  if (unseen <= MAX_UNSEEN) return learnt
  const forgotten = new Set<Field>()
  for (const { fields, paths } of absent.sort((a, b) => b.paths - a.paths || (a.path < b.path ? -1 : 1))) {
    if (unseen <= MAX_UNSEEN) break
    for (const field of fields) forgotten.add(field)
    unseen -= paths
  }
  return withoutFields(learnt, forgotten)
}

function findAbsent(fields: readonly Field[], seen: Profile, at: readonly PathStep[], absent: Absent[]): void {
  const profiles = new Map(seen.fields)
  const columns: Field[] = []
  for (const field of fields) {
    const profile = profiles.get(field.key) ?? {}
    const path = [...at, { kind: 'name', name: field.key } as const]
    const paths = pathsOf(field.type)
    if (present(profile) > 0) findInside(field.type, profile, path, absent)
    else if (paths > 1) absent.push({ path: formatPath(path), fields: [field], paths })
    else columns.push(field)
  }
  absent.push({ path: formatPath(at), fields: columns, paths: columns.length })
}

function findInside(type: Type, profile: Profile, path: readonly PathStep[], absent: Absent[]): void {
  // What is inside is not known of such a day.
  if (profile.folded) return
  if (type.kind === 'struct') return findAbsent(type.fields, profile, path, absent)
  if (type.kind === 'list')
    return findInside(type.element, profile.elements ?? {}, [...path, { kind: 'element' }], absent)
  if (type.kind === 'map') findInside(type.value, valuesOf(profile) ?? {}, [...path, { kind: 'any' }], absent)
}

function withoutFields(fields: readonly Field[], forgotten: ReadonlySet<Field>): Field[] {
  const kept = fields.filter((field) => !forgotten.has(field))
  return kept.map((field) => ({ ...field, type: withoutInside(field.type, forgotten) }))
}

function withoutInside(type: Type, forgotten: ReadonlySet<Field>): Type {
  if (type.kind === 'struct') return { kind: 'struct', fields: withoutFields(type.fields, forgotten) }
  if (type.kind === 'list') return { kind: 'list', element: withoutInside(type.element, forgotten) }
  return type.kind === 'map' ? { kind: 'map', value: withoutInside(type.value, forgotten) } : type
}
