import { compareKeys } from './key.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * A store that reads `lower` and writes `upper`: what is written or deleted here is seen here alone, and `lower` stays as
 * it is. For one process, for a trial run; `upper` is private to it.
 */
export function overlayStore(upper: ObjectStore, lower: ObjectStore): ObjectStore {
  const deleted = new Set<string>()
  const layerOf = async (key: string) => ((await upper.head(key)) !== undefined || deleted.has(key) ? upper : lower)
  const head: ObjectStore['head'] = async (key) => (await layerOf(key)).head(key)
  const copy: ObjectStore['copy'] = async (from, to) => {
    const sink = await upper.write(to)
    for await (const chunk of (await layerOf(from)).read(from)) await sink.write(chunk)
    await sink.commit()
  }
  return {
    location: upper.location,
    async list(prefix) {
      const above = await upper.list(prefix)
      const hidden = new Set(above.map((object) => object.key))
      const below = (await lower.list(prefix)).filter(({ key }) => !hidden.has(key) && !deleted.has(key))
      return [...above, ...below].sort((a, b) => compareKeys(a.key, b.key))
    },
    head,
    async *read(key, options) {
      yield* (await layerOf(key)).read(key, options)
    },
    get: async (key, maxBytes) => (await layerOf(key)).get(key, maxBytes),
    async write(key) {
      return upper.write(key)
    },
    async putIfAbsent(key, bytes) {
      return (await head(key)) === undefined ? upper.putIfAbsent(key, bytes) : { kind: 'conflict' }
    },
    async putIfMatch(key, bytes, etag) {
      const info = await head(key)
      if (info?.etag !== etag) return { kind: 'conflict' }
      return upper.putIfMatch(key, bytes, (await upper.head(key))?.etag)
    },
    // Nothing is committed here that somebody else could erase.
    checkConditions: async () => undefined,
    copy,
    alias: copy,
    async delete(key) {
      await upper.delete(key)
      deleted.add(key)
    },
    removeUnfinished: (folder, before) => upper.removeUnfinished(folder, before),
  }
}
