import { createHash } from 'node:crypto'
import type { FileBytes } from '../parquet/read.ts'
import { corrupt } from '../parquet/read-tree.ts'
import { concatBytes } from '../parquet/read-values.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'

/** Chunks of a row group lie one after the other: reading on saves a request for each. */
const READ_AHEAD = 4 * 2 ** 20

/** An object as a file, pinned to one state of it. Memory: the last read, or the read-ahead. */
export function storedFile(store: ObjectStore, info: ObjectInfo, signal?: AbortSignal): FileBytes {
  const { key, etag, size } = info
  let held: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() }
  return {
    size,
    read: async (start, end) => {
      signal?.throwIfAborted()
      if (start < held.start || end > held.start + held.bytes.length) {
        const to = Math.min(size, Math.max(end, start + READ_AHEAD))
        const range = { start, end: to, etag, ...(signal && { signal }) }
        held = { start, bytes: await collect(store.read(key, range)) }
      }
      if (held.start + held.bytes.length < end)
        throw corrupt(`${key} ends early`, `${held.bytes.length} bytes`, `${end - start}`)
      return held.bytes.subarray(start - held.start, end - held.start)
    },
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return concatBytes(parts)
}

/** The SHA-256 of an object, streamed; `onBytes` hears of every piece. */
export async function hashObject(
  store: ObjectStore,
  info: ObjectInfo,
  signal?: AbortSignal,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of store.read(info.key, { etag: info.etag, ...(signal && { signal }) })) {
    signal?.throwIfAborted()
    hash.update(bytes)
    onBytes(bytes.length)
  }
  return hash.digest('hex')
}
