import { createHash } from 'node:crypto'
import { DaysealError } from '../../errors.ts'
import { sha256 } from '../../sha256.ts'
import { type HashedObject, hashingSink } from '../../store/hashing-sink.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { type BagFacts, bagInfo, DECLARATION } from './bag-info.ts'
import { manifestLine } from './bag-manifest.ts'
import { type ZipEntry, zipStream } from './zip-stream.ts'

/** A file of a bag. */
export interface PayloadFile extends ZipEntry {
  /** `data/…`, safe on every system. */
  readonly path: string
  /** Called with the SHA-256 and the length of its bytes: throws when they are not what was promised. */
  readonly check: (sha256: string, bytes: number) => void
}

export interface WriteBagOptions {
  readonly store: ObjectStore
  readonly key: string
  /** The base directory of the bag. */
  readonly name: string
  readonly payload: AsyncIterable<PayloadFile>
  readonly facts: Omit<BagFacts, 'payloadBytes' | 'payloadFiles'>
  /** Asked before the zip becomes visible: throws to stop that. */
  readonly beforeCommit: () => Promise<void>
  readonly signal: AbortSignal | undefined
}

export interface WrittenBag {
  /** The zip. */
  readonly zip: HashedObject
  readonly payloadBytes: number
  readonly payloadFiles: number
}

interface Listed {
  readonly lines: string[]
  readonly paths: Set<string>
  bytes: number
}

/**
 * Streams a bag (RFC 8493) into one zip: hashed as it goes, visible when it is whole. Memory: the buffers of the streams, and
 * about 500 bytes per file.
 */
export async function writeBag({ store, key, signal, beforeCommit, ...bag }: WriteBagOptions): Promise<WrittenBag> {
  const sink = hashingSink(await store.write(key))
  const listed: Listed = { lines: [], paths: new Set(), bytes: 0 }
  try {
    for await (const chunk of zipStream(entriesOf(bag, listed))) {
      signal?.throwIfAborted()
      await sink.write(chunk)
    }
    await beforeCommit()
    return { zip: await sink.commit(), payloadBytes: listed.bytes, payloadFiles: listed.lines.length }
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/** The payload, and then what is known when it has passed. */
async function* entriesOf(
  { name, payload, facts }: Pick<WriteBagOptions, 'name' | 'payload' | 'facts'>,
  listed: Listed,
): AsyncGenerator<ZipEntry> {
  const tag = (path: string, text: string): ZipEntry => {
    const chunks = (async function* () {
      yield Buffer.from(text)
    })()
    return { path: `${name}/${path}`, modified: facts.now, compress: true, chunks }
  }
  yield tag('bagit.txt', DECLARATION)
  for await (const file of payload) {
    // A reader of the bag, or its unpacking, would see one of them.
    if (listed.paths.has(file.path)) throw new DaysealError('internal', `two files of a bag are ${file.path}`)
    listed.paths.add(file.path)
    yield { ...file, path: `${name}/${file.path}`, chunks: hashed(file, listed) }
  }
  const info = bagInfo({ ...facts, payloadBytes: listed.bytes, payloadFiles: listed.lines.length })
  const manifest = listed.lines.join('')
  yield tag('bag-info.txt', info)
  yield tag('manifest-sha256.txt', manifest)
  const tags = { 'bag-info.txt': info, 'bagit.txt': DECLARATION, 'manifest-sha256.txt': manifest }
  const lines = Object.entries(tags).map(([path, text]) => manifestLine(sha256(Buffer.from(text)), path))
  yield tag('tagmanifest-sha256.txt', lines.join(''))
}

async function* hashed({ path, chunks, check }: PayloadFile, listed: Listed): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    bytes += chunk.length
    yield chunk
  }
  const digest = hash.digest('hex')
  check(digest, bytes)
  listed.lines.push(manifestLine(digest, path))
  listed.bytes += bytes
}
