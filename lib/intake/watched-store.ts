import { createHash } from 'node:crypto'
import { hashAway } from '../sha256.ts'
import type { ObjectInfo, ObjectStore, ReadOptions } from '../store/object-store.ts'

/** A store that is read through, with what became known on the way. */
export interface WatchedStore {
  readonly store: ObjectStore
  /** The SHA-256 of an object: of its reading from beginning to end, if there was one, and otherwise of another. */
  sha256(info: ObjectInfo, signal: AbortSignal | undefined): Promise<string>
}

/** `onBytes` is told of all bytes that were read. */
export function watchedStore(store: ObjectStore, onBytes: (bytes: number) => void): WatchedStore {
  const hashes = new Map<string, string>()
  async function* watch(key: string, options?: ReadOptions): AsyncGenerator<Uint8Array> {
    const hash = options?.start === undefined && options?.end === undefined ? createHash('sha256') : undefined
    for await (const chunk of store.read(key, options)) {
      hash?.update(chunk)
      onBytes(chunk.length)
      yield chunk
    }
    if (hash !== undefined) hashes.set(key, hash.digest('hex'))
  }
  return {
    store: { ...store, read: watch },
    sha256: async ({ key, etag }, signal) =>
      hashes.get(key) ?? hashAway(store.read(key, { etag, ...(signal && { signal }) })),
  }
}
