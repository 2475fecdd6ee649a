import { createHash, type Hash } from 'node:crypto'
import { sha256 } from '../sha256.ts'
import type { UploadEntry } from './upload-content.ts'

/** What an upload is, whatever its name and however it is packed. */
export interface Content {
  /**
   * Of the decompressed bytes, of a zip those of its only entry. Of a zip with several: of the SHA-256 of each, in
   * their order, so that it equals no other content.
   */
  readonly sha256: string
  /** Decompressed, of all entries. */
  readonly bytes: number
  /** Whether it is one run of bytes, which may grow: no zip of several entries. */
  readonly isOne: boolean
  /** Whether it ends with a line end, or is empty. */
  readonly endsLine: boolean
  readonly marks: Marks
}

/**
 * By which another content that is cut short is known again: how the first entry hashes up to each multiple of so many
 * bytes, 64 times a power of two, in 16 digits. At most 128, so that what one of them says nothing of is little.
 */
export interface Marks {
  readonly every: number
  readonly hashes: readonly string[]
}

const FINEST = 64
const MOST_MARKS = 128
const MARK_DIGITS = 16

/** Entries that are hashed on their way to the reader. */
export interface DigestedEntries {
  readonly entries: AsyncGenerator<UploadEntry, void, void>
  /** After the entries have been read to their end. */
  content(): Content
  /** The SHA-256 of the first so many bytes of the first entry, for each of the lengths that it reached. */
  readonly prefixes: ReadonlyMap<number, string>
}

const NEWLINE = 0x0a

/** Hashes entries while they are read: each of them has to be read to its end. */
export function digestedEntries(entries: AsyncIterable<UploadEntry>, lengths: readonly number[] = []): DigestedEntries {
  const ascending = [...new Set(lengths)].sort((a, b) => a - b)
  const prefixes = new Map<number, string>()
  const digests: string[] = []
  let bytes = 0
  let lastByte = NEWLINE
  let every = FINEST
  let marks: string[] = []

  /** Updates the hash with a chunk of the first entry, and notes it where one of the lengths ends in it. */
  function updateFirst(hash: Hash, chunk: Uint8Array, before: number): void {
    const end = before + chunk.length
    let at = before
    const upTo = (length: number): string => {
      hash.update(chunk.subarray(at - before, length - before))
      at = length
      return hash.copy().digest('hex')
    }
    let next = ascending.findIndex((length) => length >= before && !prefixes.has(length))
    for (;;) {
      const length = (next < 0 ? undefined : ascending[next]) ?? Number.POSITIVE_INFINITY
      const mark = (marks.length + 1) * every
      if (Math.min(length, mark) > end) break
      const hex = upTo(Math.min(length, mark))
      if (length <= mark) prefixes.set(ascending[next++]!, hex)
      if (mark <= length) addMark(hex.slice(0, MARK_DIGITS))
    }
    hash.update(chunk.subarray(at - before))
  }

  function addMark(mark: string): void {
    marks.push(mark)
    if (marks.length < MOST_MARKS) return
    every *= 2
    marks = marks.filter((_, index) => index % 2 === 1)
  }

  async function* digested(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const hash = createHash('sha256')
    const isFirst = digests.length === 0
    let before = 0
    if (isFirst) updateFirst(hash, new Uint8Array(), 0)
    for await (const chunk of content) {
      if (isFirst) updateFirst(hash, chunk, before)
      else hash.update(chunk)
      before += chunk.length
      bytes += chunk.length
      lastByte = chunk.at(-1) ?? lastByte
      yield chunk
    }
    digests.push(hash.digest('hex'))
  }

  async function* all(): AsyncGenerator<UploadEntry, void, void> {
    for await (const { entry, content } of entries) yield { entry, content: digested(content) }
  }

  return {
    entries: all(),
    prefixes,
    content() {
      const [only] = digests
      const isOne = digests.length === 1 && only !== undefined
      const hash = isOne ? only : sha256(Buffer.from(`entries:${digests.join(',')}`))
      return { sha256: hash, bytes, isOne, endsLine: lastByte === NEWLINE, marks: { every, hashes: marks } }
    },
  }
}

/** Reads entries to their end, for nothing but what `digestedEntries` tells. */
export async function readThrough(entries: AsyncIterable<UploadEntry>, signal: AbortSignal | undefined): Promise<void> {
  for await (const { content } of entries) {
    for await (const _ of content) signal?.throwIfAborted()
  }
}

/** Whether a content may be the beginning of a longer one: as far as the marks of both tell. */
export function mayBegin(shorter: Marks, longer: Marks): boolean {
  const stride = longer.every / shorter.every
  const common = Math.min(Math.floor(shorter.hashes.length / stride), longer.hashes.length)
  return common < 1 || shorter.hashes[common * stride - 1] === longer.hashes[common - 1]
}
