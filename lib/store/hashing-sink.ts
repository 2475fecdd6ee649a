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
  commit(): Promise<HashedObject>
  abort(): Promise<void>
}

export function hashingSink(sink: ObjectSink): HashingSink {
  const hash = createHash('sha256')
  let length = 0
  return {
    async write(bytes) {
      hash.update(bytes)
      length += bytes.length
      await sink.write(bytes)
    },
    async commit() {
      return { info: await sink.commit(), sha256: hash.digest('hex'), bytes: length }
    },
    abort: () => sink.abort(),
  }
}
