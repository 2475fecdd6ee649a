import { decompress } from '../archive/decompress.ts'
import { DaysealError } from '../errors.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { openZip } from '../zip/open-zip.ts'
import { isBinary, packingOf } from './packing.ts'

/** A file of an upload: the upload itself, or one in a zip. */
export interface UploadEntry {
  /** Its name in the zip, which is a name and no path; undefined for an upload that is no zip. */
  readonly entry: string | undefined
  /** Decompressed. Read it before the next entry is asked for; a chunk is good until the next one is. */
  readonly content: AsyncIterable<Uint8Array>
}

export interface ContentLimits {
  /** Of all the content of an upload together. */
  readonly maxExpandedBytes: number
}

/** Entries that a zip may have: each costs about 500 bytes of memory. */
const MOST_MEMBERS = 100_000
/** Of what macOS adds to a zip. */
const FINDERS = /^__MACOSX\/|(?:^|\/)\.DS_Store$/

/**
 * The content of an upload, told from its bytes and never from its name: plain, gzip of any number of members, zstd
 * frames, or a zip, whose entries come in the order of their data and may be gzip or zstd themselves. Folders in a zip and
 * what macOS adds to one (`__MACOSX/`, `.DS_Store`) are left out. Everything is read from the state that `info` names.
 *
 * Memory: that of `decompress`, and 500 bytes per entry of a zip.
 * @throws DaysealError `source`, at the latest at the end of an entry's content, when the upload is cut or damaged,
 *   expands too far, is compressed or encrypted in another way, is an archive in an archive, or is no text at all;
 *   `storage`
 */
export async function* entriesOf(
  store: ObjectStore,
  info: ObjectInfo,
  { maxExpandedBytes }: ContentLimits,
  signal?: AbortSignal,
): AsyncGenerator<UploadEntry, void, void> {
  const { key, etag } = info
  const read = (end?: number) => store.read(key, { etag, ...(end !== undefined && { end }), ...(signal && { signal }) })
  if (await beginsAsZip(read(4))) yield* zipEntries(store, info, maxExpandedBytes, signal)
  else yield { entry: undefined, content: textOf(read(), { key, maxExpandedBytes, signal }) }
}

async function beginsAsZip(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  const bytes: number[] = []
  for await (const chunk of chunks) bytes.push(...chunk)
  return packingOf(Uint8Array.from(bytes)) === 'zip'
}

async function* zipEntries(
  store: ObjectStore,
  info: ObjectInfo,
  maxExpandedBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<UploadEntry, void, void> {
  const rules = { maxExpandedBytes, maxMembers: MOST_MEMBERS, wrongName: () => undefined, failure: 'source' } as const
  const zip = await openZip(store, info, rules, signal)
  let left = maxExpandedBytes
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      left -= chunk.length
      yield chunk
    }
  }
  try {
    for (const { path, read } of zip.members.filter((member) => !FINDERS.test(member.path))) {
      const key = `${info.key} (its entry ${JSON.stringify(path)})`
      yield { entry: path, content: counted(textOf(read(), { key, maxExpandedBytes: left, signal })) }
    }
  } finally {
    zip.close()
  }
}

interface Named {
  /** For messages. */
  readonly key: string
  readonly maxExpandedBytes: number
  readonly signal: AbortSignal | undefined
}

/** What is told by: a tar says what it is at byte 257. */
const LOOKED_AT = 8192

/** Decompressed; its first bytes are looked at before any is given. */
async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  { key, maxExpandedBytes, signal }: Named,
): AsyncGenerator<Uint8Array, void, void> {
  const content = decompress(chunks, { key, codec: 'by-content', maxExpandedBytes, ...(signal && { signal }) })
  const held: Uint8Array[] = []
  let looked = 0
  for await (const chunk of content) {
    if (looked >= LOOKED_AT) yield chunk
    else {
      // A copy: a chunk is good until the next one comes.
      held.push(new Uint8Array(chunk))
      looked += chunk.length
      if (looked >= LOOKED_AT) yield checked(key, held)
    }
  }
  if (looked < LOOKED_AT) yield checked(key, held)
}

function checked(key: string, held: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(held)
  const start = bytes.subarray(0, LOOKED_AT)
  const packing = packingOf(start)
  if (packing !== undefined) {
    throw new DaysealError('source', `${key} cannot be read`, {
      seen: `${packing}, where the events should be`,
      wanted: 'events as they are, or compressed once: as gzip, zstd or zip (in a zip also as gzip or zstd)',
    })
  }
  if (isBinary(start)) {
    throw new DaysealError('source', `${key} is no text`, {
      seen: `NUL bytes, and bytes that are not UTF-8, in its first ${start.length} bytes`,
      wanted: 'text in UTF-8',
    })
  }
  return bytes
}
