import { createHash } from 'node:crypto'
import { freeing } from './free-bytes.ts'

/** The SHA-256 of all bytes at once, as 64 lower-case hex digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The SHA-256 of all chunks, which are the caller's to use up. */
export async function hashAway(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of freeing(chunks)) hash.update(chunk)
  return hash.digest('hex')
}

/** Passes chunks on and hashes them on the way; `result` is whole when the last chunk has passed. */
export function hashing(chunks: AsyncIterable<Uint8Array>): {
  readonly chunks: AsyncIterable<Uint8Array>
  result(): { readonly sha256: string; readonly bytes: number }
} {
  const hash = createHash('sha256')
  let bytes = 0
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  return { chunks: pass(), result: () => ({ sha256: hash.copy().digest('hex'), bytes }) }
}
