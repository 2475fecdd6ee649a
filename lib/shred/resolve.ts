import { DaysealError } from '../errors.ts'
import { formatPath, type PathStep } from '../path-pattern.ts'
import { nameEmpty } from './empty-names.ts'
import { isTooDeep } from './levels.ts'
import { occurrences, type Profile, present, valuesOf } from './profile.ts'
import { isScalarOverride, type ScalarOverride, type ShredRules } from './rules.ts'
import {
  type Field,
  INT64_TYPE,
  isText,
  JSON_TYPE,
  joinTypes,
  NULL,
  pruneSchema,
  pruneType,
  type Schema,
  type Type,
  valueType,
} from './type.ts'

/** More distinct keys than this may be data. */
export const MAP_MIN_KEYS = 64
/** … when there are this many times as many as an object has on average. */
export const MAP_KEY_RATIO = 8

const ANY: PathStep = { kind: 'any' }
const ELEMENT: PathStep = { kind: 'element' }

/**
 * The columns for what was seen, on top of the base schema: base fields first, then new ones in order of first
 * appearance. Paths that are only `{}`, `[]` or null keep a place here (a struct without fields, a list of null), so that
 * their levels can be counted; `prunedSchema` is what a file can hold. In strict mode it is the declared schema.
 */
export function resolveSchema(base: Schema, profile: Profile, rules: ShredRules): Schema {
  if (rules.declared !== undefined) return rules.declared
  return resolveFields(base, profile.fields ?? [], [], rules)
}

/**
 * The columns of a file: `schema` without what has no column, and in infer mode without what was not seen. Each has a name
 * that is not empty.
 */
export function fileSchema(base: Schema, profile: Profile, rules: ShredRules): Schema {
  if (rules.declared !== undefined) return nameEmpty(rules.declared)
  const seen = (profile.fields ?? []).filter(([, value]) => occurrences(value) > 0)
  return nameEmpty(pruneSchema(seenFields(resolveFields(base, seen, [], rules), seen, [], rules)))
}

function resolveFields(
  base: readonly Field[],
  seen: readonly [string, Profile][],
  at: readonly PathStep[],
  rules: ShredRules,
): Field[] {
  const profiles = new Map(seen)
  const known = new Set(base.map((field) => field.key))
  const candidates = [
    ...base.map((field) => ({ key: field.key, type: field.type, profile: profiles.get(field.key) ?? {} })),
    ...seen.filter(([key]) => !known.has(key)).map(([key, profile]) => ({ key, type: NULL, profile })),
  ]
  const names = new Map<string, string>()
  return candidates.flatMap(({ key, type, profile }) => {
    const path = [...at, { kind: 'name', name: key } as const]
    const rule = rules.ruleAt(path)
    if (rule.as === 'drop') return []
    const name = rule.rename ?? key
    refuseSameName(names, name, key, at)
    return [{ key, name, type: resolveType(type, profile, path, rules) }]
  })
}

function refuseSameName(names: Map<string, string>, name: string, key: string, at: readonly PathStep[]): void {
  const other = names.get(name)
  if (other !== undefined) {
    throw new DaysealError('usage', `two columns would have the name ${JSON.stringify(name)}`, {
      seen: `keys ${JSON.stringify(other)} and ${JSON.stringify(key)} ${at.length === 0 ? 'at the top level' : `in ${formatPath(at)}`}`,
      hint: 'give the override another name to rename to',
    })
  }
  names.set(name, key)
}

function resolveType(base: Type, profile: Profile, path: readonly PathStep[], rules: ShredRules): Type {
  const { as } = rules.ruleAt(path)
  if (as === 'drop') return NULL
  if (as === 'json') return JSON_TYPE
  if (as === 'timestamp' || isScalarOverride(as)) return overrideType(as)
  if (base.kind === 'json' || profile.folded) return JSON_TYPE
  if (isContainer(base) || profile.objects !== undefined || profile.lists !== undefined || as === 'map') {
    if (isTooDeep(path)) return JSON_TYPE
  }
  let type = resolveScalars(base, profile, rules)
  if (profile.objects !== undefined || isObjectType(base) || as === 'map') {
    type = joinTypes(type, resolveObject(isObjectType(base) ? base : undefined, profile, path, rules))
  }
  if (profile.lists !== undefined || base.kind === 'list') {
    const baseElement = base.kind === 'list' ? base.element : NULL
    const element = resolveType(baseElement, profile.elements ?? {}, [...path, ELEMENT], rules)
    type = joinTypes(type, { kind: 'list', element })
  }
  return type
}

/** The type of a column that the configuration gives one. */
export function overrideType(as: 'timestamp' | ScalarOverride): Type {
  return as === 'int64' ? INT64_TYPE : { kind: as }
}

function resolveScalars(base: Type, profile: Profile, rules: ShredRules): Type {
  let type: Type = isContainer(base) ? NULL : base
  if (profile.bools !== undefined) type = joinTypes(type, { kind: 'bool' })
  if (profile.ints !== undefined) type = joinTypes(type, { kind: 'int64', exact: true })
  if (profile.wide_ints !== undefined) type = joinTypes(type, { kind: 'int64', exact: false })
  if (profile.doubles !== undefined) type = joinTypes(type, { kind: 'double' })
  if (profile.strings !== undefined) type = resolveText(type, profile, rules)
  if (profile.huge !== undefined) type = joinTypes(type, JSON_TYPE)
  return type
}

/** Where times are detected, the texts that were seen say by themselves what they are, whatever others were before. */
function resolveText(type: Type, { timed }: Profile, { times }: ShredRules): Type {
  if (times === 'as-base' && isText(type)) return type
  const before = times === 'detect' && isText(type) ? NULL : type
  return joinTypes(before, { kind: times === 'detect' && timed ? 'timestamp' : 'string' })
}

type ObjectType = Extract<Type, { kind: 'struct' | 'map' }>

function isContainer(type: Type): boolean {
  return isObjectType(type) || type.kind === 'list'
}

function isObjectType(type: Type): type is ObjectType {
  return type.kind === 'struct' || type.kind === 'map'
}

function resolveObject(
  base: ObjectType | undefined,
  profile: Profile,
  path: readonly PathStep[],
  rules: ShredRules,
): Type {
  const { as } = rules.ruleAt(path)
  const asStruct = as === 'struct'
  if (!asStruct && (as === 'map' || base?.kind === 'map' || keysAreData(profile, path, rules))) {
    const baseValue = base === undefined ? NULL : valueType(base)
    return { kind: 'map', value: resolveType(baseValue, valuesOf(profile) ?? {}, [...path, ANY], rules) }
  }
  const baseFields = base?.kind === 'struct' ? base.fields : []
  return { kind: 'struct', fields: resolveFields(baseFields, profile.fields ?? [], path, rules) }
}

/**
 * Whether an object's keys are data: more than 64 distinct ones, more than 8 times the mean number per object, and
 * values that join to one type that is not json. Once an hour has found so by itself, it stays.
 */
export function keysAreData(profile: Profile, path: readonly PathStep[], rules: ShredRules): boolean {
  if (profile.keys_are_data) return true
  const fields = profile.fields ?? []
  if (fields.length <= MAP_MIN_KEYS) return false
  const total = fields.reduce((sum, [, value]) => sum + occurrences(value), 0)
  if (fields.length * (profile.objects ?? 0) <= MAP_KEY_RATIO * total) return false
  return resolveType(NULL, valuesOf(profile) ?? {}, [...path, ANY], rules).kind !== 'json'
}

/** `schema` restricted to paths that hold a value, and to paths that the configuration gives a type. */
function seenFields(
  schema: readonly Field[],
  seen: readonly [string, Profile][],
  at: readonly PathStep[],
  rules: ShredRules,
): Field[] {
  const profiles = new Map(seen)
  return schema.flatMap((field): Field[] => {
    const profile = profiles.get(field.key)
    if (profile === undefined) return []
    const path = [...at, { kind: 'name', name: field.key } as const]
    return [{ ...field, type: seenType(field.type, profile, path, rules) }]
  })
}

function seenType(type: Type, profile: Profile, path: readonly PathStep[], rules: ShredRules): Type {
  const { as } = rules.ruleAt(path)
  if (present(profile) === 0 && as !== 'map')
    return as === 'json' || as === 'timestamp' || isScalarOverride(as) ? type : NULL
  if (type.kind === 'struct') {
    const fields = seenFields(type.fields, profile.fields ?? [], path, rules)
    return { kind: 'struct', fields }
  }
  if (type.kind === 'list') {
    return { kind: 'list', element: seenType(type.element, profile.elements ?? {}, [...path, ELEMENT], rules) }
  }
  if (type.kind === 'map') return seenMap(type.value, profile, path, rules)
  return type
}

/** A map that the configuration asks for has a column even when no entry, or none with a value, was seen. */
function seenMap(valueType: Type, profile: Profile, path: readonly PathStep[], rules: ShredRules): Type {
  const inside = [...path, ANY]
  const value = pruneType(seenType(valueType, valuesOf(profile) ?? {}, inside, rules))
  const keep = rules.ruleAt(path).as === 'map' && rules.ruleAt(inside).as !== 'drop'
  return { kind: 'map', value: value.kind === 'null' && keep ? JSON_TYPE : value }
}
