import { crc32 } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { DaysealError } from '../../errors.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'

/** A file in a zip. */
export interface ZipMember {
  /** Names with `/` between them: no `.`, no `..`, none empty. No other member has it. */
  readonly path: string
  /** Of its content. */
  readonly bytes: number
  /** Its content, which is checked against the zip's own length and CRC-32. In a hostile zip this throws `corrupt`. */
  read(): AsyncIterable<Uint8Array>
}

export interface OpenZip {
  /** In the order in which they lie in the file: read them in it. */
  readonly members: readonly ZipMember[]
  close(): void
}

export interface ZipLimits {
  /** Of all members, decompressed. */
  readonly maxExpandedBytes: number
  readonly maxMembers: number
}

/** What is read, for messages. */
interface Reading {
  readonly key: string
  readonly signal: AbortSignal | undefined
}

/**
 * The files of a zip that may come from anybody. What no honest zip has is `corrupt`: names that lead out of a folder or
 * are there twice, links, encryption, members that lie over each other or are not named alike in both places where a zip
 * names them, more content than the limits allow.
 *
 * Memory: about 500 bytes per member, and 64 KiB.
 * @throws DaysealError `corrupt`, `storage`
 */
export async function openZip(
  store: ObjectStore,
  info: ObjectInfo,
  limits: ZipLimits,
  signal?: AbortSignal,
): Promise<OpenZip> {
  // Few commands read zips: the others start without it.
  const [{ fromRandomAccessReaderPromise }, { ZipBytes }] = await Promise.all([
    import('yauzl'),
    import('./zip-bytes.ts'),
  ])
  const reading = { key: info.key, signal }
  const zip = await damageAs(reading, () =>
    fromRandomAccessReaderPromise(new ZipBytes(store, info, signal), info.size, {
      autoClose: false,
      strictFileNames: true,
    }),
  )
  try {
    const directory = cursorOf(zip)
    const entries = await damageAs(reading, () => listEntries(zip, reading, limits))
    refuseTail(zip, info)
    const sorted = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)
    const members = sorted.map((entry, i): ZipMember => {
      const next = sorted[i + 1]?.relativeOffsetOfLocalHeader ?? directory
      return { path: entry.fileName, bytes: entry.uncompressedSize, read: () => readMember(zip, entry, next, reading) }
    })
    return { members, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

/** The files, without the folders. */
async function listEntries(
  zip: ZipFile,
  { key, signal }: Reading,
  { maxExpandedBytes, maxMembers }: ZipLimits,
): Promise<readonly Entry[]> {
  const files = new Map<string, Entry>()
  let expanded = 0
  let listed = 0
  for await (const entry of zip.eachEntry()) {
    signal?.throwIfAborted()
    listed++
    const wrong = wrongEntry(entry)
    if (wrong !== undefined) throw damaged(key, `the entry ${JSON.stringify(entry.fileName)}, ${wrong}`)
    if (listed > maxMembers) throw damaged(key, `more than ${maxMembers} entries`)
    if (entry.fileName.endsWith('/')) continue
    if (files.has(entry.fileName)) throw damaged(key, `two entries ${JSON.stringify(entry.fileName)}`)
    expanded += entry.uncompressedSize
    if (expanded > maxExpandedBytes) {
      throw damaged(key, `more than ${maxExpandedBytes} bytes of content in ${zip.fileSize} bytes`)
    }
    files.set(entry.fileName, entry)
  }
  return [...files.values()]
}

/** Where the next entry of the directory is. Its types say that it is a boolean. */
function cursorOf(zip: ZipFile): number {
  return Number(zip.readEntryCursor)
}

const END_BYTES = 22
const ZIP64_END_BYTES = 56 + 20

/** After the directory comes its end, and nothing between them: readers would not agree on what the zip is. */
function refuseTail(zip: ZipFile, { key, size }: ObjectInfo): void {
  const tail = size - cursorOf(zip) - zip.comment.length
  if (tail === END_BYTES || tail === END_BYTES + ZIP64_END_BYTES) return
  throw damaged(key, `${tail} bytes after its directory`)
}

const UNIX = 3
const FILE_TYPE = 0o170000
const LINK = 0o120000

function wrongEntry(entry: Entry): string | undefined {
  const { fileName, versionMadeBy, externalFileAttributes } = entry
  const isFolder = fileName.endsWith('/')
  const names = (isFolder ? fileName.slice(0, -1) : fileName).split('/')
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'whose path is none'
  if (/\p{Cc}/u.test(fileName)) return 'with a control character in its name'
  if (isFolder) return entry.uncompressedSize > 0 ? 'a folder with content' : undefined
  if (versionMadeBy >> 8 === UNIX && ((externalFileAttributes >>> 16) & FILE_TYPE) === LINK) return 'a symbolic link'
  if (entry.isEncrypted()) return 'which is encrypted'
  return entry.canDecodeFileData() ? undefined : `compressed by method ${entry.compressionMethod}`
}

/** `next`: where what follows in the file begins at the latest. */
async function* readMember(zip: ZipFile, entry: Entry, next: number, reading: Reading): AsyncGenerator<Uint8Array> {
  const { key } = reading
  const { fileName, fileNameRaw, compressedSize } = entry
  const named = JSON.stringify(fileName)
  const stream = await damageAs(reading, async () => {
    const header = await zip.readLocalFileHeaderPromise(entry, {})
    if (!header.fileName.equals(fileNameRaw)) throw damaged(key, `${named}, which has another name where its data is`)
    if (header.fileDataStart + compressedSize > next) throw damaged(key, `${named}, which lies over what is next to it`)
    return zip.openReadStreamPromise(entry)
  })
  let sum = 0
  const chunks = stream[Symbol.asyncIterator]()
  try {
    while (true) {
      const { done, value } = await damageAs(reading, () => chunks.next())
      if (done) break
      sum = crc32(value, sum)
      yield value
    }
  } finally {
    await chunks.return?.()
  }
  if (sum !== entry.crc32) throw damaged(key, `${named} with another CRC-32 than the zip says`)
}

async function damageAs<T>({ key, signal }: Reading, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    signal?.throwIfAborted()
    // A fault of the store is none of the bytes.
    if (error instanceof DaysealError) throw error
    throw damaged(key, error instanceof Error ? error.message : String(error), error)
  }
}

function damaged(key: string, seen: string, cause?: unknown): DaysealError {
  return new DaysealError('corrupt', `${key} is no zip that can be trusted`, { seen, cause })
}
