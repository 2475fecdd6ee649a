import type { PathStep } from '../path-pattern.ts'
import { forgetUnseen } from './forget.ts'
import { isTooDeep } from './levels.ts'
import { type Profile, present, valuesOf } from './profile.ts'
import { keysAreData, overrideType } from './resolve.ts'
import { isScalarOverride, type ShredRules } from './rules.ts'
import { type Field, JSON_TYPE, joinTypes, NULL, pruneSchema, type Schema, type Type } from './type.ts'

/** A kind with a smaller share of a path's values than this is an accident, of which nothing is learnt. */
const LEARNT_SHARE = 0.01

/**
 * The base schema after a day: what it was, joined with what the day showed. Kinds with less than 1 % of a path's values
 * are left out, so that one bad line does not turn a column to json for ever; a path that is truly mixed does become json.
 * What the day does not have stays, as far as `forgetUnseen` says.
 */
export function learnSchema(base: Schema, day: Profile, rules: ShredRules): Schema {
  const learnt = learnFields(day, [], rules)
  const joined = joinTypes(
    { kind: 'struct', fields: overriddenFields(base, [], rules) },
    { kind: 'struct', fields: learnt },
  )
  if (joined.kind !== 'struct') return base
  const fields = rules.times === 'detect' ? lastTexts(joined.fields, learnt) : joined.fields
  return pruneSchema(forgetUnseen(fields, day))
}

/** Where times are detected, a path that had texts is what they were last: it is where the next day's hours begin. */
function lastTexts(joined: readonly Field[], learnt: readonly Field[]): Field[] {
  const last = new Map(learnt.map((field) => [field.key, field.type]))
  return joined.map((field) => ({ ...field, type: lastText(field.type, last.get(field.key) ?? NULL) }))
}

function lastText(joined: Type, learnt: Type): Type {
  if (joined.kind === 'string' && learnt.kind === 'timestamp') return learnt
  if (joined.kind === 'struct' && learnt.kind === 'struct')
    return { kind: 'struct', fields: lastTexts(joined.fields, learnt.fields) }
  if (joined.kind === 'list' && learnt.kind === 'list')
    return { kind: 'list', element: lastText(joined.element, learnt.element) }
  if (joined.kind === 'map' && learnt.kind === 'map')
    return { kind: 'map', value: lastText(joined.value, learnt.value) }
  return joined
}

/** The base with the types that the configuration now gives its paths: what was learnt of them before is undone. */
function overriddenFields(fields: readonly Field[], at: readonly PathStep[], rules: ShredRules): Field[] {
  return fields.map((field) => ({
    ...field,
    type: overridden(field.type, [...at, { kind: 'name', name: field.key }], rules),
  }))
}

function overridden(type: Type, path: readonly PathStep[], rules: ShredRules): Type {
  const { as } = rules.ruleAt(path)
  if (isScalarOverride(as)) return overrideType(as)
  if (type.kind === 'struct') return { kind: 'struct', fields: overriddenFields(type.fields, path, rules) }
  if (type.kind === 'list') {
    return { kind: 'list', element: overridden(type.element, [...path, { kind: 'element' }], rules) }
  }
  return type.kind === 'map' ? { kind: 'map', value: overridden(type.value, [...path, { kind: 'any' }], rules) } : type
}

function learnFields(profile: Profile, at: readonly PathStep[], rules: ShredRules): Field[] {
  return (profile.fields ?? []).flatMap(([key, value]): Field[] => {
    const path = [...at, { kind: 'name', name: key } as const]
    const rule = rules.ruleAt(path)
    if (rule.as === 'drop') return []
    return [{ key, name: rule.rename ?? key, type: learnType(value, path, rules) }]
  })
}

function learnType(profile: Profile, path: readonly PathStep[], rules: ShredRules): Type {
  const { as } = rules.ruleAt(path)
  if (as === 'json') return JSON_TYPE
  if (as === 'timestamp' || isScalarOverride(as)) return overrideType(as)
  // Of one day with too many columns nothing is learnt.
  if (profile.folded) return NULL
  const least = present(profile) * LEARNT_SHARE
  const often = (count: number | undefined) => count !== undefined && count >= least
  const kinds: Type[] = []
  if (often(profile.bools)) kinds.push({ kind: 'bool' })
  if (often(profile.ints)) kinds.push({ kind: 'int64', exact: true })
  if (often(profile.wide_ints)) kinds.push({ kind: 'int64', exact: false })
  if (often(profile.doubles)) kinds.push({ kind: 'double' })
  if (often(profile.huge)) kinds.push({ kind: 'json' })
  if (often(profile.strings)) kinds.push({ kind: rules.times === 'detect' && profile.timed ? 'timestamp' : 'string' })
  if (isTooDeep(path) && (often(profile.lists) || often(profile.objects))) return JSON_TYPE
  if (often(profile.lists)) {
    kinds.push({ kind: 'list', element: learnType(profile.elements ?? {}, [...path, { kind: 'element' }], rules) })
  }
  if (often(profile.objects)) kinds.push(learnObject(profile, path, rules))
  return kinds.reduce(joinTypes, NULL)
}

function learnObject(profile: Profile, path: readonly PathStep[], rules: ShredRules): Type {
  const { as } = rules.ruleAt(path)
  if (as === 'struct' || (as !== 'map' && !keysAreData(profile, path, rules))) {
    return { kind: 'struct', fields: learnFields(profile, path, rules) }
  }
  return { kind: 'map', value: learnType(valuesOf(profile) ?? {}, [...path, { kind: 'any' }], rules) }
}
