import { DaysealError } from '../errors.ts'
import { sha256 } from '../sha256.ts'
import type { ObjectInfo, ObjectStore } from './object-store.ts'

export type Creation =
  | { readonly kind: 'created'; readonly info: ObjectInfo }
  /** Somebody else was first. */
  | { readonly kind: 'taken' }

/**
 * The create-only write that commits something, read back: `created` means that the object is there and has these bytes,
 * also where an answer was lost, or another writer had the same to say.
 * @throws DaysealError `storage`, also when something else is there than was just created
 */
export async function createOnly(
  store: Pick<ObjectStore, 'location' | 'putIfAbsent' | 'get'>,
  key: string,
  bytes: Uint8Array,
): Promise<Creation> {
  const put = await putOrFault(store, key, bytes)
  const found = await (put.kind === 'failed' ? store.get(key).catch(() => undefined) : store.get(key))
  if (found !== undefined && Buffer.compare(found.bytes, bytes) === 0) return { kind: 'created', info: found.info }
  if (put.kind === 'written') throw notKept(store.location, key, bytes, found?.bytes)
  if (put.kind === 'failed' && found === undefined) throw put.error
  return { kind: 'taken' }
}

async function putOrFault(store: Pick<ObjectStore, 'putIfAbsent'>, key: string, bytes: Uint8Array) {
  try {
    return await store.putIfAbsent(key, bytes)
  } catch (error) {
    return { kind: 'failed', error } as const
  }
}

function notKept(location: string, key: string, bytes: Uint8Array, found: Uint8Array | undefined): DaysealError {
  return new DaysealError('storage', `${key} in ${location} is not what was created there a moment ago`, {
    seen: found === undefined ? 'nothing' : `SHA-256 ${sha256(found)}`,
    wanted: `SHA-256 ${sha256(bytes)}`,
    hint: 'somebody wrote over it, or the store does not check conditions: look at what is there',
  })
}
