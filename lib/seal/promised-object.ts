import { hashAway } from '../sha256.ts'
import { isObjectMissing, type ObjectInfo, type ObjectStore } from '../store/object-store.ts'

/** An object as a manifest or a ledger promises it. */
export interface PromisedObject {
  readonly key: string
  readonly sha256: string
  readonly bytes: number
}

/** The object's state when it is as promised, to the byte; undefined when it is not, or is not there. Reads all of it. */
export async function findPromised(
  store: ObjectStore,
  { key, sha256, bytes }: PromisedObject,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  const info = await store.head(key)
  if (info?.size !== bytes) return undefined
  try {
    return (await hashObject(store, info, signal)) === sha256 ? info : undefined
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    throw error
  }
}

/** SHA-256 of an object in the state that its etag names, in hex. */
export function hashObject(store: ObjectStore, { key, etag }: ObjectInfo, signal?: AbortSignal): Promise<string> {
  return hashAway(store.read(key, { etag, ...(signal === undefined ? {} : { signal }) }))
}
