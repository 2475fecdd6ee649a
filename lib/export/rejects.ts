import { type HashingSink, hashingSink } from '../store/hashing-sink.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { RejectedRow } from './derive/row-source.ts'
import type { WrittenFile } from './output/target.ts'

/** The rows of an export for which a function of the configuration failed: one JSON object a line, with where and why. */
export interface Rejects {
  readonly rows: number
  add(row: RejectedRow): Promise<void>
  /** Makes the file visible; undefined when nothing was rejected. */
  commit(): Promise<WrittenFile | undefined>
  abort(): Promise<void>
}

/** The file is made with the first row. */
export function rejectsAt(store: ObjectStore, key: string): Rejects {
  let sink: HashingSink | undefined
  let rows = 0
  return {
    get rows() {
      return rows
    },
    async add({ day = null, row, reason, json }) {
      sink ??= hashingSink(await store.write(key))
      const head = JSON.stringify({ day, row, reason })
      await sink.write(Buffer.from(`${head.slice(0, -1)},"data":${json}}\n`))
      rows++
    },
    async commit() {
      if (sink === undefined) return undefined
      const { sha256, bytes } = await sink.commit()
      sink = undefined
      return { key, sha256, bytes }
    },
    abort: async () => sink?.abort(),
  }
}
