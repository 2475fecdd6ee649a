import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'
import { objectChanged, objectMissing } from '../../lib/store/object-store.ts'

/** Objects in a map, for tests that convert thousands of hours. Reads come in small pieces. */
export function memoryStore(objects: Iterable<readonly [string, Uint8Array]> = [], pieceBytes = 64): ObjectStore {
  const location = 'memory'
  let writes = 0
  const held = new Map<string, { readonly bytes: Uint8Array; readonly info: ObjectInfo }>()
  const put = (key: string, bytes: Uint8Array): ObjectInfo => {
    const info = { key, size: bytes.length, etag: String(++writes), modified: 0 }
    held.set(key, { bytes, info })
    return info
  }
  for (const [key, bytes] of objects) put(key, bytes)
  const found = (key: string) => {
    const object = held.get(key)
    if (object === undefined) throw objectMissing(location, key)
    return object
  }
  return {
    location,
    list: async (prefix) => [...held.values()].map(({ info }) => info).filter(({ key }) => key.startsWith(prefix)),
    head: async (key) => held.get(key)?.info,
    get: async (key) => held.get(key),
    async *read(key, { start = 0, end, etag } = {}) {
      const { bytes, info } = found(key)
      if (etag !== undefined && etag !== info.etag) throw objectChanged(location, key)
      const stop = Math.min(end ?? bytes.length, bytes.length)
      for (let at = start; at < stop; at += pieceBytes) yield bytes.slice(at, Math.min(at + pieceBytes, stop))
    },
    async write(key) {
      const pieces: Uint8Array[] = []
      return {
        write: async (bytes) => {
          pieces.push(bytes.slice())
        },
        commit: async () => put(key, Buffer.concat(pieces)),
        abort: async () => undefined,
      }
    },
    checkConditions: async () => undefined,
    async putIfAbsent(key, bytes) {
      return held.has(key) ? { kind: 'conflict' } : { kind: 'written', info: put(key, bytes) }
    },
    async putIfMatch(key, bytes, etag) {
      return held.get(key)?.info.etag === etag ? { kind: 'written', info: put(key, bytes) } : { kind: 'conflict' }
    },
    copy: async (from, to) => {
      put(to, found(from).bytes)
    },
    alias: async (from, to) => {
      put(to, found(from).bytes)
    },
    delete: async (key) => {
      held.delete(key)
    },
    removeUnfinished: async () => 0,
  }
}
