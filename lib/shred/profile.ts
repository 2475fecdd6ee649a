import { z } from 'zod'

const count = z.int().positive().optional()

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
  objects?: number | undefined
  lists?: number | undefined
  /** How many of the objects and lists were empty. */
  empty_objects?: number | undefined
  empty_lists?: number | undefined
  /** Objects, while their keys look like names: what each key held, in order of first appearance. */
  fields?: [key: string, value: Profile][] | undefined
  /** Objects whose keys are data: the distinct keys (a number once there are more than MAX_KEYS), and all their values. */
  keys?: string[] | number | undefined
  values?: Profile | undefined
  /** Lists: all their elements. */
  elements?: Profile | undefined
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
    objects: count,
    lists: count,
    empty_objects: count,
    empty_lists: count,
    fields: z.array(z.tuple([z.string(), profileSchema])).optional(),
    keys: z.union([z.array(z.string()), z.int().positive()]).optional(),
    values: profileSchema.optional(),
    elements: profileSchema.optional(),
  }),
)
