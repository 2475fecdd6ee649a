import type { PathStep } from '../path-pattern.ts'
import { type Profile, present, valuesOf } from './profile.ts'
import { keysAreData } from './resolve.ts'
import type { ShredRules } from './rules.ts'
import { type Field, joinTypes, NULL, pruneSchema, type Schema, type Type } from './type.ts'

/** A kind with a smaller share of a path's values than this is an accident, of which nothing is learnt. */
const LEARNT_SHARE = 0.01

/**
 * The base schema after a day: what it was, joined with what the day showed. Kinds with less than 1 % of a path's values
 * are left out, so that one bad line does not turn a column to json for ever; a path that is truly mixed does become json.
 */
export function learnSchema(base: Schema, day: Profile, rules: ShredRules): Schema {
  const learnt = learnFields(day, [], rules)
  const joined = joinTypes({ kind: 'struct', fields: base }, { kind: 'struct', fields: learnt })
  if (joined.kind !== 'struct') return base
  return pruneSchema(rules.times === 'detect' ? lastTexts(joined.fields, learnt) : joined.fields)
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
  if (as === 'json' || as === 'timestamp') return { kind: as }
  const least = present(profile) * LEARNT_SHARE
  const often = (count: number | undefined) => count !== undefined && count >= least
  const kinds: Type[] = []
  if (often(profile.bools)) kinds.push({ kind: 'bool' })
  if (often(profile.ints)) kinds.push({ kind: 'int64', exact: true })
  if (often(profile.wide_ints)) kinds.push({ kind: 'int64', exact: false })
  if (often(profile.doubles)) kinds.push({ kind: 'double' })
  if (often(profile.huge)) kinds.push({ kind: 'json' })
  if (often(profile.strings)) kinds.push({ kind: rules.times === 'detect' && profile.timed ? 'timestamp' : 'string' })
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
