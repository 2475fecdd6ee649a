import type { Ledger } from '../convert/ledger.ts'
import { findDisagreement } from '../parquet/join-plan.ts'
import { leavesOf } from '../parquet/schema.ts'
import { formatPath, type PathStep } from '../path-pattern.ts'
import { fixedSchema } from '../shred/fixed-schema.ts'
import { narrowProfile } from '../shred/narrow.ts'
import { mergeProfiles, type Profile, present, valuesOf } from '../shred/profile.ts'
import { fileSchema } from '../shred/resolve.ts'
import type { ShredRules } from '../shred/rules.ts'
import { schemaFromJson } from '../shred/schema-json.ts'
import type { Field, Schema, Type } from '../shred/type.ts'

export interface DaySchema {
  readonly schema: Schema
  /** What was seen over the whole day, as far as it has columns: see `narrowProfile`. */
  readonly profile: Profile
}

/** The day's columns from what its hours saw. Ledgers in the order of their hours, which gives new fields theirs. */
export function daySchema(base: Schema, ledgers: readonly Ledger[], rules: ShredRules, maxPaths: number): DaySchema {
  const seen = ledgers.map((ledger) => ledger.profile).reduce(mergeProfiles, {})
  // Lines that are too wide are counted too: which ones are must not depend on what was found so before.
  const rows = ledgers
    .flatMap(({ sources }) => sources)
    .reduce((sum, source) => sum + source.lines_read - source.blank, 0)
  const profile = narrowProfile(base, seen, rules, { maxPaths, rows })
  return { schema: fileSchema(base, profile, rules), profile }
}

/**
 * Whether a part can be joined into a day with this schema: what the hour gave a value has its column of the day's type
 * in the part, and each list, map or struct that was there has a column below it, whose levels tell so. (What was null or
 * absent all hour needs no column: the join makes one of nulls; one of another type is in the way, though.)
 */
export function fitsDay(ledger: Ledger, { schema: day, profile }: DaySchema, rules: ShredRules): boolean {
  if (profile.narrowed && holdsLeftOut(ledger, day, rules)) return false
  if (day.length === 0) return true
  const wanted = needs(day, ledger.profile)
  // Lines that were too wide for the day may be rows now.
  if (ledger.rows === 0 && wanted.length === 0) return true
  if (ledger.part === null) return false
  const part = schemaFromJson(ledger.part.schema)
  if (findDisagreement(day, part) !== undefined) return false
  const held = new Set(leavesOf(part).map((leaf) => leaf.id))
  const leaves = leavesOf(day)
  return wanted.every(({ from, to }) => leaves.slice(from, to).some((leaf) => held.has(leaf.id)))
}

/** Whether the part still has rows with keys for which the day has no column. */
function holdsLeftOut({ part, profile }: Ledger, day: Schema, rules: ShredRules): boolean {
  if (part === null) return false
  const { leftOut } = fixedSchema(day, profile, rules)
  if (leftOut.length === 0) return false
  const held = new Set(pathsIn(schemaFromJson(part.schema), []))
  return leftOut.some((path) => held.has(path))
}

/** The paths of all fields. */
function pathsIn(fields: readonly Field[], at: readonly PathStep[]): string[] {
  return fields.flatMap(({ key, type }) => {
    const path = [...at, { kind: 'name', name: key } as const]
    return [formatPath(path), ...pathsInside(type, path)]
  })
}

function pathsInside(type: Type, path: readonly PathStep[]): string[] {
  if (type.kind === 'struct') return pathsIn(type.fields, path)
  if (type.kind === 'list') return pathsInside(type.element, [...path, { kind: 'element' }])
  return type.kind === 'map' ? pathsInside(type.value, [...path, { kind: 'any' }]) : []
}

/** Of the leaves numbered [from, to) one at least is needed. */
interface Need {
  readonly from: number
  readonly to: number
}

function needs(day: Schema, profile: Profile): Need[] {
  const found: Need[] = []
  walkFields(day, profile, 0, found)
  return found
}

/** Walks leaves in the order of `leavesOf`, from number `at` on; returns the number after the last. */
function walkFields(fields: readonly Field[], profile: Profile, at: number, found: Need[]): number {
  const profiles = new Map(profile.fields)
  return fields.reduce((next, field) => walk(field.type, profiles.get(field.key) ?? {}, next, found), at)
}

function walk(type: Type, profile: Profile, at: number, found: Need[]): number {
  const to = walkBelow(type, profile, at, found)
  if (present(profile) > 0) found.push({ from: at, to })
  return to
}

function walkBelow(type: Type, profile: Profile, at: number, found: Need[]): number {
  if (type.kind === 'struct') return walkFields(type.fields, profile, at, found)
  if (type.kind === 'list') return walk(type.element, profile.elements ?? {}, at, found)
  if (type.kind !== 'map') return at + 1
  if (present(profile) > 0) found.push({ from: at, to: at + 1 })
  return walk(type.value, valuesOf(profile) ?? {}, at + 1, found)
}
