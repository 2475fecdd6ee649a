import * as z from 'zod'
import { DaysealError } from '../errors.ts'

/**
 * A place for small JSON records, each written by itself and on a condition: what `catalogOver` needs of DynamoDB or of
 * an object store.
 */
export interface ItemStore {
  readonly location: string

  /** Where an item lies, for messages. Different keys never share one. */
  address(key: ItemKey): string

  /** The item as the last write that ended left it; undefined when there is none. */
  get(key: ItemKey, signal: AbortSignal | undefined): Promise<Item | undefined>

  /**
   * Writes an item while the version that is stored is `expected` (undefined: while there is none; `unreadable`: while
   * what is stored is no item). Of several writers with one `expected` at most one succeeds. A `conflict`, or an error whose reason is `outcome-unknown`, may be the
   * answer to a write that was made: `write_id` tells.
   */
  put(key: ItemKey, item: Item, expected: Expected, signal: AbortSignal | undefined): Promise<'written' | 'conflict'>

  /**
   * The items of a group, with where they lie, page by page until the reader stops. Complete, for items that are there
   * from the beginning to the end. In the order of their names where the names of the group are dates or begin with
   * instants; otherwise in an order of the store's own.
   */
  scan(group: readonly string[], range: ItemRange, signal: AbortSignal | undefined): AsyncIterable<Found>
}

/** What is stored before a write: a version, nothing, or what cannot be read. */
export type Expected = number | undefined | 'unreadable'

/** The version of the item that is written in its place. */
export function versionAfter(stored: Expected): number {
  return typeof stored === 'number' ? stored + 1 : 1
}

export interface ItemKey {
  /** What is listed together. Each part is of letters, digits, _ and -. */
  readonly group: readonly string[]
  /** Any text that is not empty. */
  readonly name: string
}

export interface ItemRange {
  /** The first and the last name, both included; only for groups that are in order. */
  readonly between?: readonly [string, string]
  /** The last name first. */
  readonly descending?: boolean
  /** How many the reader probably wants. */
  readonly expected?: number
}

export interface Found {
  readonly address: string
  readonly item: Item
}

/** An item as it is stored: the record's own members, and these. */
const item = z.looseObject({
  /** 1 for the first, +1 for each write. */
  version: z.int().positive(),
  /** A new one for each write, so that a writer whose answer was lost knows its own. */
  write_id: z.string().min(1),
  /** Seconds since the epoch after which the item may be forgotten. */
  expires_at: z.int().positive().optional(),
})

export type Item = Readonly<z.infer<typeof item>>

/** Throws `corrupt`, naming the place. */
export function parseItem(value: unknown, address: string): Item {
  const parsed = item.safeParse(value)
  if (parsed.success) return parsed.data
  throw notOurs(address, parsed.error)
}

export function notOurs(address: string, cause: unknown): DaysealError {
  return new DaysealError('corrupt', `the catalog's record at ${address} cannot be read`, {
    wanted: 'a record as Dayseal wrote it',
    hint: 'remove it: what it told of is in the object store',
    cause,
  })
}
