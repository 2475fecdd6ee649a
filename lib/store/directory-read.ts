import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { DaysealError } from '../errors.ts'
import { infoOf } from './directory-list.ts'
import { type ObjectInfo, objectChanged, objectMissing, type ReadOptions } from './object-store.ts'
import { faultsAs, NOT_THERE, storageFault, unless } from './storage-fault.ts'

const CHUNK = 256 * 1024

interface OpenFile {
  readonly handle: FileHandle
  readonly info: ObjectInfo
}

/** Memory: one chunk of 256 KiB that is read ahead, and the one that the reader holds. Each chunk is the reader's own. */
export async function* readFile(
  location: string,
  key: string,
  path: string,
  { start = 0, end = Number.MAX_SAFE_INTEGER, etag, signal }: ReadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end)) {
    throw new RangeError(`[${start}, ${end}) is no range of bytes`)
  }
  const failed = `cannot read ${path}`
  const file = await faultsAs(failed, () => openFile(key, path))
  if (file === undefined) throw objectMissing(location, key)
  const { handle, info } = file
  try {
    if (etag !== undefined && info.etag !== etag) throw objectChanged(location, key)
    const stop = Math.min(end, info.size)
    for await (const chunk of readAhead(handle, start, stop)) {
      signal?.throwIfAborted()
      if (chunk.length === 0) throw objectChanged(location, key)
      yield chunk
    }
    if (!(await isStill(handle, info))) throw objectChanged(location, key)
  } catch (error) {
    throw storageFault(failed, error)
  } finally {
    await handle.close()
  }
}

/** The bytes of [start, stop), each chunk read while the one before is used; an empty one where there are no more. */
async function* readAhead(handle: FileHandle, start: number, stop: number): AsyncGenerator<Uint8Array, void, void> {
  const begin = (at: number): Promise<Uint8Array> => {
    const reading = readAt(handle, at, Math.min(CHUNK, stop - at))
    // Whoever comes to it gets the error; until then nobody has to.
    reading.catch(() => undefined)
    return reading
  }
  let next = start < stop ? begin(start) : undefined
  try {
    for (let at = start; next !== undefined; ) {
      const chunk = await next
      at += chunk.length
      next = at < stop && chunk.length > 0 ? begin(at) : undefined
      yield chunk
    }
  } finally {
    // The file is closed next.
    await next?.catch(() => undefined)
  }
}

async function readAt(handle: FileHandle, at: number, bytes: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, at)
  return buffer.subarray(0, bytesRead)
}

export async function getFile(
  location: string,
  key: string,
  path: string,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly info: ObjectInfo } | undefined> {
  return faultsAs(`cannot read ${path}`, async () => {
    const file = await openFile(key, path)
    if (file === undefined) return undefined
    const { handle, info } = file
    try {
      if (info.size > maxBytes) {
        throw new DaysealError('storage', `${path} is too large to be read at once`, {
          seen: `${info.size} bytes`,
          wanted: `at most ${maxBytes}`,
        })
      }
      const bytes = await handle.readFile()
      if (bytes.length !== info.size || !(await isStill(handle, info))) throw objectChanged(location, key)
      return { bytes, info }
    } finally {
      await handle.close()
    }
  })
}

/** Undefined when there is no file. Non-blocking, because opening a pipe would wait for its writer. */
async function openFile(key: string, path: string): Promise<OpenFile | undefined> {
  const handle = await unless(NOT_THERE, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK))
  if (handle === undefined) return undefined
  try {
    const stat = await handle.stat({ bigint: true })
    if (stat.isFile()) return { handle, info: infoOf(key, stat) }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return undefined
}

async function isStill(handle: FileHandle, info: ObjectInfo): Promise<boolean> {
  return infoOf(info.key, await handle.stat({ bigint: true })).etag === info.etag
}
