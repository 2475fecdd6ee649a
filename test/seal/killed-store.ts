import type { ObjectSink, ObjectStore } from '../../lib/store/object-store.ts'
import { putObject } from '../../lib/store/put-object.ts'

/**
 * A store of a process that is killed just before its change number `at` (from 1), so that nothing comes after it, not even
 * cleaning up. What was not committed leaves nothing here, not even a temporary file.
 */
export function killedStore(store: ObjectStore, at: number) {
  let changes = 0
  let isDead = false
  const alive = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Error('killed')
    return act()
  }
  const change = <T>(act: () => Promise<T>): Promise<T> =>
    alive(async () => {
      if (++changes !== at) return act()
      isDead = true
      throw new Error('killed')
    })
  const sinkOf = (key: string): ObjectSink => {
    const pieces: Uint8Array[] = []
    return {
      write: (bytes) => alive(async () => void pieces.push(bytes.slice())),
      commit: () => change(() => putObject(store, key, Buffer.concat(pieces))),
      abort: async () => undefined,
    }
  }
  const killed: ObjectStore = {
    ...store,
    list: (prefix) => alive(() => store.list(prefix)),
    head: (key) => alive(() => store.head(key)),
    get: (key, maxBytes) => alive(() => store.get(key, maxBytes)),
    write: (key) => alive(async () => sinkOf(key)),
    putIfAbsent: (key, bytes) => change(() => store.putIfAbsent(key, bytes)),
    putIfMatch: (key, bytes, etag) => change(() => store.putIfMatch(key, bytes, etag)),
    copy: (from, to) => change(() => store.copy(from, to)),
    alias: (from, to) => change(() => store.alias(from, to)),
    delete: (key) => change(() => store.delete(key)),
    removeUnfinished: (folder, before) => change(() => store.removeUnfinished(folder, before)),
  }
  return { store: killed, isDead: () => isDead }
}
