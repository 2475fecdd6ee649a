import { createHash } from 'node:crypto'
import type { ObjectInfo, ObjectSink } from './object-store.ts'

export interface HashedObject {
  readonly info: ObjectInfo
  readonly sha256: string
  readonly bytes: number
}

/** A sink that hashes what it passes on, so that an object's SHA-256 is known without reading it again. */
export interface HashingSink {
  write(bytes: Uint8Array): Promise<void>
  /** Of what was written so far. */
  digest(): { readonly sha256: string; readonly bytes: number }
  commit(): Promise<HashedObject>
  /** Waits for a write that is under way. */
  abort(): Promise<void>
}

export function hashingSink(sink: ObjectSink): HashingSink {
  const hash = createHash('sha256')
  let length = 0
  let last: Promise<void> = Promise.resolve()
  const digest = () => ({ sha256: hash.copy().digest('hex'), bytes: length })
  return {
    async write(bytes) {
      last = sink.write(bytes)
      hash.update(bytes)
      length += bytes.length
      await last
    },
    digest,
    commit: async () => ({ info: await sink.commit(), ...digest() }),
    async abort() {
      await Promise.allSettled([last])
      await sink.abort()
    },
  }
}
