import * as z from 'zod'
import { formatPath, type PathStep } from '../path-pattern.ts'

const count = z.int().positive().optional()

/** Past this number of distinct keys an object's keys are data, whatever their values. */
export const MAX_KEYS = 4096

/**
 * What was seen at one path, as counts: a value of the commutative monoid from which a day's schema is resolved.
 * Absent members are zero. A ledger holds the root's.
 */
export interface Profile {
  nulls?: number | undefined
  bools?: number | undefined
  /** Integers within ±2^53, integers beyond that within int64, and numbers with a fraction or an exponent. */
  ints?: number | undefined
  wide_ints?: number | undefined
  doubles?: number | undefined
  /** Numbers that neither int64 nor double holds: integers beyond int64, exponents beyond a double's. */
  huge?: number | undefined
  strings?: number | undefined
  /** Where times are detected: all of the strings are times, written so that nothing is lost as microseconds. */
  timed?: true | undefined
  objects?: number | undefined
  lists?: number | undefined
  /** How many of the objects and lists were empty. */
  empty_objects?: number | undefined
  empty_lists?: number | undefined
  /** Objects, while their keys look like names: what each key held, in order of first appearance. */
  fields?: [key: string, value: Profile][] | undefined
  /** Objects whose keys are data (once an hour has found so, it stays): what all of them held. */
  keys_are_data?: true | undefined
  values?: Profile | undefined
  /** Lists: all their elements. */
  elements?: Profile | undefined
  /** Objects and lists that are JSON text, so that there are not too many columns: nothing is kept of what is in them. */
  folded?: true | undefined
  /** The row: lines are quarantined that have other keys, so that there are not too many columns. */
  narrowed?: true | undefined
}

export const profileSchema: z.ZodType<Profile> = z.lazy(() =>
  z.strictObject({
    nulls: count,
    bools: count,
    ints: count,
    wide_ints: count,
    doubles: count,
    huge: count,
    strings: count,
    timed: z.literal(true).optional(),
    objects: count,
    lists: count,
    empty_objects: count,
    empty_lists: count,
    fields: z.array(z.tuple([z.string(), profileSchema])).optional(),
    keys_are_data: z.literal(true).optional(),
    values: profileSchema.optional(),
    elements: profileSchema.optional(),
    folded: z.literal(true).optional(),
    narrowed: z.literal(true).optional(),
  }),
)

/** The scalar counters, in the order in which the scan tree keeps them. */
export const COUNTERS = [
  'nulls',
  'bools',
  'ints',
  'wide_ints',
  'doubles',
  'huge',
  'strings',
  'objects',
  'lists',
  'empty_objects',
  'empty_lists',
] as const

/** Values that are not null. */
export function present(profile: Profile): number {
  const { bools = 0, ints = 0, wide_ints = 0, doubles = 0, huge = 0, strings = 0, objects = 0, lists = 0 } = profile
  return bools + ints + wide_ints + doubles + huge + strings + objects + lists
}

/** How often a key occurred, with null or another value. */
export function occurrences(profile: Profile): number {
  return (profile.nulls ?? 0) + present(profile)
}

/** The profile without what it says of the inside of objects and lists. */
export function countersOf(profile: Profile): Profile {
  return mergeCounters(profile, {})
}

function mergeCounters(a: Profile, b: Profile): Profile {
  const merged: Profile = {}
  for (const counter of COUNTERS) {
    const sum = (a[counter] ?? 0) + (b[counter] ?? 0)
    if (sum > 0) merged[counter] = sum
  }
  if (merged.strings !== undefined && isTimed(a) && isTimed(b)) merged.timed = true
  return merged
}

/** Everything that was seen by either. Fields of `a` come first. */
export function mergeProfiles(a: Profile, b: Profile): Profile {
  const merged = mergeCounters(a, b)
  if (a.narrowed || b.narrowed) merged.narrowed = true
  if (a.folded || b.folded) {
    merged.folded = true
    return merged
  }
  const elements = mergeOptional(a.elements, b.elements)
  if (elements !== undefined) merged.elements = elements
  if (a.keys_are_data || b.keys_are_data) {
    merged.keys_are_data = true
    const values = mergeOptional(valuesOf(a), valuesOf(b))
    if (values !== undefined) merged.values = values
  } else if (a.fields !== undefined || b.fields !== undefined) {
    merged.fields = mergeFields(a.fields ?? [], b.fields ?? [])
  }
  return merged
}

function isTimed({ strings, timed }: Profile): boolean {
  return strings === undefined || timed === true
}

function mergeOptional(a: Profile | undefined, b: Profile | undefined): Profile | undefined {
  if (a === undefined) return b
  return b === undefined ? a : mergeProfiles(a, b)
}

function mergeFields(a: [string, Profile][], b: [string, Profile][]): [string, Profile][] {
  const fields = new Map(a)
  for (const [key, profile] of b) {
    const other = fields.get(key)
    fields.set(key, other === undefined ? profile : mergeProfiles(other, profile))
  }
  return [...fields]
}

/** All values of an object whose keys are taken as data; undefined when there are none. */
export function valuesOf(profile: Profile): Profile | undefined {
  if (profile.keys_are_data) return profile.values
  return profile.fields?.reduce<Profile | undefined>((all, [, value]) => mergeOptional(all, value), undefined)
}

/** The paths that are `folded`. */
export function foldedPaths(profile: Profile, at: readonly PathStep[] = []): string[] {
  if (profile.folded) return [formatPath(at)]
  const { elements, values, fields = [] } = profile
  return [
    ...(elements === undefined ? [] : foldedPaths(elements, [...at, { kind: 'element' }])),
    ...(values === undefined ? [] : foldedPaths(values, [...at, { kind: 'any' }])),
    ...fields.flatMap(([key, value]) => foldedPaths(value, [...at, { kind: 'name', name: key }])),
  ]
}
