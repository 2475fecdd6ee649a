import { createHash } from 'node:crypto'
import { decompress } from '../archive/decompress.ts'

/** More than any slice has: these were written by a partitioner with limits of its own. */
const MOST_BYTES = Number.MAX_SAFE_INTEGER

const NEWLINE = 0x0a

/** The lines of gzip members, each the reader's own. Memory: a line, and that of `decompress`. */
export async function* linesOf(key: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let carried: Buffer[] = []
  for await (const chunk of decompress(chunks, { key, codec: 'by-content', maxExpandedBytes: MOST_BYTES })) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...carried, chunk.subarray(start, end)])
      carried = []
      start = end + 1
    }
    if (start < chunk.length) carried.push(Buffer.from(chunk.subarray(start)))
  }
  if (carried.length > 0) yield Buffer.concat(carried)
}

/** Lines that are compared in one go: their hashes take some 100 bytes each. */
const AT_ONCE = 200_000

/**
 * Whether two texts have a line in common. `others` is read once for each 200,000 lines of `lines`.
 * Memory: 200,000 hashes.
 */
export async function haveLineInCommon(
  lines: AsyncIterable<Uint8Array>,
  others: () => AsyncIterable<Uint8Array>,
): Promise<boolean> {
  let hashes = new Set<string>()
  for await (const line of lines) {
    hashes.add(hashOf(line))
    if (hashes.size < AT_ONCE) continue
    if (await hasOneOf(others(), hashes)) return true
    hashes = new Set()
  }
  return hashes.size > 0 && (await hasOneOf(others(), hashes))
}

async function hasOneOf(lines: AsyncIterable<Uint8Array>, hashes: ReadonlySet<string>): Promise<boolean> {
  for await (const line of lines) if (hashes.has(hashOf(line))) return true
  return false
}

function hashOf(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('base64')
}

/** What comes after all of `lines` have been found at the beginning of `others`; undefined when they were not. */
export async function afterPrefix(
  lines: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  others: AsyncGenerator<Uint8Array, void, void>,
): Promise<{ readonly next: Uint8Array | undefined } | undefined> {
  try {
    for await (const line of lines) {
      const other = await others.next()
      if (other.done || Buffer.compare(line, other.value) !== 0) return undefined
    }
    const next = await others.next()
    return { next: next.done ? undefined : next.value }
  } finally {
    await others.return()
  }
}
