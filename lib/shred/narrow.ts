import { formatPath, type PathStep } from '../path-pattern.ts'
import { countPaths, pathsOf } from './levels.ts'
import { countersOf, occurrences, type Profile, valuesOf } from './profile.ts'
import { fileSchema } from './resolve.ts'
import type { ShredRules } from './rules.ts'
import type { Schema, Type } from './type.ts'

/** An object or a list that fewer rows have than one of so many is rare … */
const RARE_ROWS = 1_000
/** … and all rare ones may have so many columns and containers. */
const RARE_PATHS = 1_000

export interface Width {
  /** Most columns, structs, lists and maps. */
  readonly maxPaths: number
  /** Lines that hold a row, or would if there were not too many columns. */
  readonly rows: number
}

/**
 * What was seen, so that its columns on top of `base` are not too many:
 *
 * 1. Rare objects and lists are `folded`, until those that are left have at most 1,000 columns and containers: each row
 *    that lacks them has a price.
 * 2. Where the keys of the row, and of objects for which the configuration has rules, are more than `maxPaths` by
 *    themselves, those that the fewest rows have are left out, and the profile is `narrowed`: lines with one of them are
 *    no rows.
 * 3. Objects and lists are folded until there are at most `maxPaths` columns and containers.
 *
 * Those are folded first that have the most columns of their own for the fewest rows. Where counts are equal, the order of
 * paths decides, so that the order of rows and hours does not matter. In strict mode, and where there are few enough, it is
 * the profile itself.
 */
export function narrowProfile(base: Schema, profile: Profile, rules: ShredRules, { maxPaths, rows }: Width): Profile {
  if (rules.declared !== undefined) return profile
  const schema = fileSchema(base, profile, rules)
  if (countPaths(schema) <= Math.min(RARE_PATHS, maxPaths)) return profile
  const root = new Place(undefined, profile, [], { kind: 'struct', fields: schema }, rules)
  // The row is no path.
  const most = maxPaths + 1
  const before = root.paths
  foldRare(root, rows)
  const isNarrowed = root.least > most
  if (isNarrowed) leaveOut(root, Math.max(most - (root.paths - root.least), Math.ceil(maxPaths / 2) + 1))
  fold(root, most)
  if (root.paths === before) return profile
  return isNarrowed ? { ...root.kept(), narrowed: true } : root.kept()
}

function foldRare(root: Place, rows: number): void {
  const isRare = (place: Place) => seenIn(place) * RARE_ROWS < rows
  const rare = foldable(root).filter(isRare)
  const outermost = rare.filter(({ parent }) => parent === undefined || parent.isRuled || !isRare(parent))
  let excess = outermost.reduce((paths, place) => paths + place.paths, -RARE_PATHS)
  for (const place of rare) {
    if (excess <= 0) return
    excess -= place.fold()
  }
}

/** Leaves out keys of what cannot be folded, until it alone has at most `most` paths. */
function leaveOut(root: Place, most: number): void {
  const keys = root.all().filter((place) => place.isKey && place.parent?.isRuled)
  const ranked = keys.sort((a, b) => occurrences(a.profile) - occurrences(b.profile) || compareTexts(b.text, a.text))
  for (const place of ranked) {
    if (root.least <= most) return
    place.leaveOut()
  }
}

function fold(root: Place, most: number): void {
  for (const place of foldable(root)) {
    if (root.paths <= most) return
    place.fold()
  }
}

/** In the order in which they are folded. */
function foldable(root: Place): Place[] {
  const places = root.all().filter((place) => !place.isRuled && place.paths > 1)
  return places.sort(
    (a, b) => b.members * seenIn(a) - a.members * seenIn(b) || b.paths - a.paths || compareTexts(a.text, b.text),
  )
}

/** Objects and lists that were seen there. */
function seenIn({ profile }: Place): number {
  return (profile.objects ?? 0) + (profile.lists ?? 0)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A path that may be folded or left out, and those inside it; columns of what may be folded have none. */
class Place {
  readonly parent: Place | undefined
  readonly profile: Profile
  readonly text: string
  /** It is what an object has at a key. */
  readonly isKey: boolean
  /** It is the row, or the configuration has rules for it or its inside: it cannot be folded. */
  readonly isRuled: boolean
  /** Columns and containers directly in it. */
  readonly members: number
  /** All at and below it … */
  paths: number
  /** … and those that would be left if all that can be was folded. */
  least: number
  private state: 'kept' | 'folded' | 'left out' = 'kept'
  private readonly inside = new Map<Profile, Place>()

  constructor(parent: Place | undefined, profile: Profile, path: readonly PathStep[], type: Type, rules: ShredRules) {
    this.parent = parent
    this.text = formatPath(path)
    this.isKey = path.at(-1)?.kind === 'name'
    this.isRuled = parent === undefined || (parent.isRuled && rules.isRuled(path))
    this.profile = type.kind === 'map' ? asMap(profile) : profile
    this.paths = pathsOf(type)
    this.members = membersOf(type)
    this.addInside(path, type, rules)
    this.least = this.isRuled ? this.leastInside(type) : 1
  }

  /** It and the places inside it. */
  all(): Place[] {
    return [this, ...[...this.inside.values()].flatMap((place) => place.all())]
  }

  /** Returns how many paths that takes away. */
  fold(): number {
    const paths = this.paths - 1
    if (!this.isThere()) return 0
    this.state = 'folded'
    this.shrink(paths, 0)
    return paths
  }

  leaveOut(): void {
    if (!this.isThere()) return
    this.state = 'left out'
    this.shrink(this.paths, this.least)
  }

  /** What is kept of what was seen. */
  kept(): Profile {
    const { profile } = this
    if (this.state === 'folded') return { ...countersOf(profile), folded: true }
    const { elements, values, fields } = profile
    const keptOf = (value: Profile): Profile => this.inside.get(value)?.kept() ?? value
    return {
      ...profile,
      ...(elements === undefined ? {} : { elements: keptOf(elements) }),
      ...(values === undefined ? {} : { values: keptOf(values) }),
      ...(fields === undefined ? {} : { fields: this.keptFields(fields, keptOf) }),
    }
  }

  private keptFields(fields: readonly [string, Profile][], keptOf: (value: Profile) => Profile): [string, Profile][] {
    const kept = fields.filter(([, value]) => this.inside.get(value)?.state !== 'left out')
    return kept.map(([key, value]) => [key, keptOf(value)])
  }

  private addInside(path: readonly PathStep[], type: Type, rules: ShredRules): void {
    const { profile, inside } = this
    const add = (value: Profile | undefined, step: PathStep, type: Type) => {
      if (value === undefined || (!this.isRuled && pathsOf(type) === 1)) return
      inside.set(value, new Place(this, value, [...path, step], type, rules))
    }
    if (type.kind === 'list') add(profile.elements, { kind: 'element' }, type.element)
    if (type.kind === 'map') add(profile.values, { kind: 'any' }, type.value)
    if (type.kind !== 'struct') return
    const values = new Map(profile.fields)
    for (const field of type.fields) add(values.get(field.key), { kind: 'name', name: field.key }, field.type)
  }

  private leastInside(type: Type): number {
    const inside = [...this.inside.values()]
    // A map's keys are a column.
    return inside.reduce((paths, { least }) => paths + least, type.kind === 'map' ? 2 : 1)
  }

  private isThere(): boolean {
    return this.state === 'kept' && (this.parent === undefined || this.parent.isThere())
  }

  private shrink(paths: number, least: number): void {
    for (let at: Place | undefined = this; at !== undefined; at = at.parent) {
      at.paths -= paths
      at.least -= least
    }
  }
}

function membersOf(type: Type): number {
  if (type.kind === 'struct') return type.fields.length
  if (type.kind === 'map') return 2
  return type.kind === 'list' ? 1 : 0
}

/** An object that is a map for the day, as an hour tells that found so by itself. */
function asMap(profile: Profile): Profile {
  const { fields: _, ...others } = profile
  const values = valuesOf(profile)
  return { ...others, keys_are_data: true, ...(values === undefined ? {} : { values }) }
}
