import { sha256 } from '../sha256.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { type ContentLimits, entriesOf } from './upload-content.ts'

/** Lengths at which beginnings are compared, so that one upload and another that has grown out of it have one in common. */
const LENGTHS = [0, 16, 64, 256, 512, 1024, 2048, 4096] as const

const LONGEST = 4096

/**
 * Stands for how a content begins, at each of these lengths that it has, from shortest to longest: 32 hex digits. It is
 * filed under the last one; what it may have grown out of is filed under any of them.
 */
export function beginningsOf(first: Uint8Array): readonly string[] {
  return LENGTHS.filter((length) => length <= first.length).map((length) =>
    sha256(Buffer.concat([Buffer.from(`${length}:`), first.subarray(0, length)])).slice(0, 32),
  )
}

/** The first 4 KiB of an upload's content, or all of a shorter one. Throws as `entriesOf` does. */
export async function firstBytes(
  store: ObjectStore,
  info: ObjectInfo,
  limits: ContentLimits,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const { content } of entriesOf(store, info, limits, signal)) {
    for await (const chunk of content) {
      chunks.push(new Uint8Array(chunk))
      length += chunk.length
      if (length >= LONGEST) break
    }
    break
  }
  return Buffer.concat(chunks).subarray(0, LONGEST)
}
