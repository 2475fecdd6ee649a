import { canonicalJson } from '../canonical-json.ts'
import { sha256 } from '../sha256.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Catalog } from './catalog.ts'
import { catalogOver } from './item-catalog.ts'
import {
  type Found,
  type Item,
  type ItemKey,
  type ItemRange,
  type ItemStore,
  notOurs,
  parseItem,
} from './item-store.ts'

export interface StateCatalogOptions {
  /** A new name for each write: no two writes share one. */
  readonly newId: () => string
}

/**
 * The catalog in an object store, below `_state/`: one canonical JSON object for each record, replaced on the condition
 * of its etag. Runs are kept until somebody removes them.
 *
 *     _state/source/DATASET/YYYY-MM-DD/KEY.json
 *     _state/day/DATASET/YYYY-MM-DD.json
 *     _state/run/DATASET/STARTED%20ID.json
 */
export function openStateCatalog(store: ObjectStore, { newId }: StateCatalogOptions): Catalog {
  return catalogOver(stateItems(store), newId)
}

/** Items that are read at the same time. */
const READERS = 8
const MAX_BYTES = 2 ** 20

function stateItems(store: ObjectStore): ItemStore {
  const place = (objectKey: string) => `${objectKey} in ${store.location}`
  const load = async (objectKey: string) => {
    const found = await store.get(objectKey, MAX_BYTES)
    if (found === undefined) return undefined
    return { item: parseBytes(found.bytes, place(objectKey)), etag: found.info.etag }
  }
  return {
    location: store.location,
    address: (key) => place(objectKeyOf(key)),
    get: async (key, signal) => {
      signal?.throwIfAborted()
      return (await load(objectKeyOf(key)))?.item
    },
    put: async (key, item, expected, signal) => {
      const objectKey = objectKeyOf(key)
      if (expected === 'unreadable') return replaceUnreadable(store, objectKey, item, place(objectKey))
      const present = await load(objectKey)
      if (present?.item.version !== expected) return 'conflict'
      signal?.throwIfAborted()
      return (await store.putIfMatch(objectKey, canonicalJson(item), present?.etag)).kind
    },
    async *scan(group, range, signal) {
      signal?.throwIfAborted()
      const folder = folderOf(group)
      const keys = (await store.list(folder))
        .map(({ key }) => key)
        .filter((key) => isIn(key.slice(folder.length), range))
      if (range.descending === true) keys.reverse()
      for (let at = 0; at < keys.length; at += READERS) {
        signal?.throwIfAborted()
        const batch = keys.slice(at, at + READERS)
        const loaded = await Promise.all(batch.map(load))
        yield* loaded.flatMap((found, index): Found[] =>
          found === undefined ? [] : [{ address: place(batch[index]!), item: found.item }],
        )
      }
    },
  }
}

async function replaceUnreadable(
  store: ObjectStore,
  key: string,
  item: Item,
  address: string,
): Promise<'written' | 'conflict'> {
  const found = await store.get(key, MAX_BYTES)
  if (found === undefined || isItem(found.bytes, address)) return 'conflict'
  return (await store.putIfMatch(key, canonicalJson(item), found.info.etag)).kind
}

function isItem(bytes: Uint8Array, address: string): boolean {
  try {
    parseBytes(bytes, address)
    return true
  } catch {
    return false
  }
}

function folderOf(group: readonly string[]): string {
  return `_state/${group.join('/')}/`
}

function objectKeyOf({ group, name }: ItemKey): string {
  return `${folderOf(group)}${fileName(name)}.json`
}

const MAX_NAME = 180

/**
 * A name as a file's: other characters than small letters, digits, `.`, `_` and `-` as the percent signs of their
 * UTF-8, so that none means a folder and two never differ in case alone; of one that gets too long, its beginning and
 * its SHA-256.
 */
function fileName(name: string): string {
  const safe = name.replace(/^\.|[^a-z0-9._-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  )
  return safe.length <= MAX_NAME ? safe : `${safe.slice(0, 100)}~${sha256(Buffer.from(name))}`
}

/** Whether a file's name is of the range; names that are compared (dates) are written as they are. */
function isIn(file: string, { between }: ItemRange): boolean {
  const name = file.slice(0, -'.json'.length)
  return between === undefined || (between[0] <= name && name <= between[1])
}

function parseBytes(bytes: Uint8Array, address: string): Item {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw notOurs(address, cause)
  }
  return parseItem(value, address)
}
