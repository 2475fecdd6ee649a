import { crc32 } from 'node:zlib'
import type { Entry, ZipFile } from 'yauzl'
import { DaysealError, messageOf } from '../errors.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'

/** A file in a zip. */
export interface ZipMember {
  /** Its name, which `ZipRules` found nothing wrong with. No other member has it. */
  readonly path: string
  /** Of its content. */
  readonly bytes: number
  /** Its content, which is checked against the zip's own length and CRC-32. In a hostile zip this throws the rules' error. */
  read(): AsyncIterable<Uint8Array>
}

export interface OpenZip {
  /** In the order in which they lie in the file: read them in it. */
  readonly members: readonly ZipMember[]
  close(): void
}

export interface ZipRules {
  /** Of all members, decompressed. */
  readonly maxExpandedBytes: number
  readonly maxMembers: number
  /** What is wrong with an entry's name, after `the entry "…", `; a folder's ends with a slash. */
  readonly wrongName: (name: string) => string | undefined
  /** The code of errors about what the zip is. */
  readonly failure: 'corrupt' | 'source'
}

/** What is read, for messages. */
interface Reading {
  readonly key: string
  readonly failure: ZipRules['failure']
  readonly signal: AbortSignal | undefined
}

/**
 * The files of a zip that may come from anybody. What no honest zip has is an error: names that the rules refuse or that
 * are there twice, links, encryption, members that lie over each other or are not named alike in both places where a zip
 * names them, more content than the rules allow.
 *
 * Memory: about 500 bytes per member, and 64 KiB.
 * @throws DaysealError `storage`, and for the zip itself that of the rules
 */
export async function openZip(
  store: ObjectStore,
  info: ObjectInfo,
  rules: ZipRules,
  signal?: AbortSignal,
): Promise<OpenZip> {
  // Few commands read zips: the others start without it.
  const [{ fromRandomAccessReaderPromise }, { ZipBytes }] = await Promise.all([
    import('yauzl'),
    import('./zip-bytes.ts'),
  ])
  const reading = { key: info.key, failure: rules.failure, signal }
  const zip = await damageAs(reading, () =>
    fromRandomAccessReaderPromise(new ZipBytes(store, info, signal), info.size, {
      autoClose: false,
      // Names are for the rules to judge.
      decodeStrings: false,
    }),
  )
  try {
    const directory = cursorOf(zip)
    const entries = await damageAs(reading, () => listEntries(zip, reading, rules))
    refuseTail(zip, info.size, reading)
    const sorted = entries.toSorted((a, b) => startOf(a) - startOf(b))
    const members = sorted.map(({ path, entry }, i): ZipMember => {
      const next = sorted[i + 1]?.entry.relativeOffsetOfLocalHeader ?? directory
      const read = () => readMember(zip, { path, entry }, next, reading)
      return { path, bytes: entry.uncompressedSize, read }
    })
    return { members, close: () => zip.close() }
  } catch (error) {
    zip.close()
    throw error
  }
}

interface Listed {
  readonly path: string
  readonly entry: Entry
}

function startOf({ entry }: Listed): number {
  return entry.relativeOffsetOfLocalHeader
}

/** The files, without the folders. */
async function listEntries(
  zip: ZipFile,
  reading: Reading,
  { maxExpandedBytes, maxMembers, wrongName }: ZipRules,
): Promise<readonly Listed[]> {
  const { getFileNameLowLevel } = await import('yauzl')
  const files = new Map<string, Listed>()
  let expanded = 0
  let listed = 0
  for await (const entry of zip.eachEntry()) {
    reading.signal?.throwIfAborted()
    listed++
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
    const path = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
    const wrong = wrongName(path) ?? wrongEntry(entry, path.endsWith('/'))
    if (wrong !== undefined) throw damaged(reading, `the entry ${JSON.stringify(path)}, ${wrong}`)
    if (listed > maxMembers) throw damaged(reading, `more than ${maxMembers} entries`)
    if (path.endsWith('/')) continue
    if (files.has(path)) throw damaged(reading, `two entries ${JSON.stringify(path)}`)
    expanded += entry.uncompressedSize
    if (expanded > maxExpandedBytes) {
      throw damaged(reading, `more than ${maxExpandedBytes} bytes of content in ${zip.fileSize} bytes`)
    }
    files.set(path, { path, entry })
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
function refuseTail(zip: ZipFile, size: number, reading: Reading): void {
  const tail = size - cursorOf(zip) - zip.comment.length
  if (tail === END_BYTES || tail === END_BYTES + ZIP64_END_BYTES) return
  throw damaged(reading, `${tail} bytes after its directory`)
}

const UNIX = 3
const FILE_TYPE = 0o170000
const LINK = 0o120000

function wrongEntry(entry: Entry, isFolder: boolean): string | undefined {
  const { versionMadeBy, externalFileAttributes } = entry
  if (isFolder) return entry.uncompressedSize > 0 ? 'a folder with content' : undefined
  if (versionMadeBy >> 8 === UNIX && ((externalFileAttributes >>> 16) & FILE_TYPE) === LINK) return 'a symbolic link'
  if (entry.isEncrypted()) return 'which is encrypted'
  return entry.canDecodeFileData() ? undefined : `compressed by method ${entry.compressionMethod}`
}

/** `next`: where what follows in the file begins at the latest. */
async function* readMember(
  zip: ZipFile,
  { path, entry }: Listed,
  next: number,
  reading: Reading,
): AsyncGenerator<Uint8Array> {
  const { fileNameRaw, compressedSize } = entry
  const named = JSON.stringify(path)
  const stream = await damageAs(reading, async () => {
    const header = await zip.readLocalFileHeaderPromise(entry, {})
    if (!header.fileName.equals(fileNameRaw))
      throw damaged(reading, `${named}, which has another name where its data is`)
    if (header.fileDataStart + compressedSize > next)
      throw damaged(reading, `${named}, which lies over what is next to it`)
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
  if (sum !== entry.crc32) throw damaged(reading, `${named} with another CRC-32 than the zip says`)
}

async function damageAs<T>(reading: Reading, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    reading.signal?.throwIfAborted()
    // A fault of the store is none of the bytes.
    if (error instanceof DaysealError) throw error
    throw damaged(reading, messageOf(error), error)
  }
}

function damaged({ key, failure }: Reading, seen: string, cause?: unknown): DaysealError {
  return new DaysealError(failure, `${key} is no zip that can be trusted`, { seen, cause })
}
