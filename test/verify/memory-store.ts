import { createHash } from 'node:crypto'
import { DaysealError } from '../../lib/errors.ts'
import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'

/** Objects in a map, for tests that verify thousands of altered days. Every write throws. */
export function memoryStore(objects: Iterable<readonly [string, Uint8Array]> = []): ObjectStore {
  return readOnly(new Map(objects))
}

function readOnly(held: ReadonlyMap<string, Uint8Array>): ObjectStore {
  const infoOf = (key: string, bytes: Uint8Array): ObjectInfo => ({
    key,
    size: bytes.length,
    etag: createHash('md5').update(bytes).digest('hex'),
    modified: 0,
  })
  const refuse = (): never => {
    throw new Error('verify never writes')
  }
  return {
    location: 'memory',
    list: async (prefix) => {
      const keys = [...held.keys()].filter((key) => key.startsWith(prefix)).sort()
      return keys.map((key) => infoOf(key, held.get(key)!))
    },
    head: async (key) => {
      const bytes = held.get(key)
      return bytes && infoOf(key, bytes)
    },
    read: async function* (key, { start = 0, end, etag } = {}) {
      const bytes = held.get(key)
      if (bytes === undefined) throw new DaysealError('storage', `${key} is missing`)
      if (etag !== undefined && infoOf(key, bytes).etag !== etag) throw new DaysealError('storage', `${key} changed`)
      const wanted = bytes.subarray(start, end)
      for (let at = 0; at < wanted.length; at += 1000) yield wanted.slice(at, at + 1000)
    },
    get: async (key) => {
      const bytes = held.get(key)
      return bytes && { bytes: bytes.slice(), info: infoOf(key, bytes) }
    },
    write: refuse,
    checkConditions: refuse,
    putIfAbsent: refuse,
    putIfMatch: refuse,
    copy: refuse,
    alias: refuse,
    delete: refuse,
    removeUnfinished: refuse,
  }
}
