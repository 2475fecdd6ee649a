import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DaysealError } from '../errors.ts'
import { makeFolder, syncFolder } from './folder.ts'
import { TEMPORARY } from './key.ts'
import { errnoOf, NOT_THERE, unless } from './storage-fault.ts'

/** A file under a temporary name, to be linked or renamed to its place once it is whole. */
export interface FreshFile {
  readonly path: string
  /** Resolves when all bytes are with the operating system. */
  write(bytes: Uint8Array): Promise<void>
  /** Makes the bytes durable, modified later than `after` (nanoseconds), and closes. */
  finish(after: bigint | undefined): Promise<BigIntStats>
  /** Closes, and removes the temporary name if it is still there. */
  discard(): Promise<void>
}

/** A temporary name in the same folder as `target`, so on the same file system. */
export function temporaryPath(target: string): string {
  return join(dirname(target), `${TEMPORARY}${process.pid}-${randomUUID()}`)
}

/** Runs `act` with a fresh file for `target`, of which nothing is left afterwards unless `act` put it in its place. */
export async function withFresh<T>(target: string, act: (fresh: FreshFile) => Promise<T>): Promise<T> {
  const fresh = await createFresh(target)
  try {
    return await act(fresh)
  } finally {
    await fresh.discard()
  }
}

/** So much is written before the disk is asked to take it, while more comes. */
const SYNC_BYTES = 8 * 2 ** 20

/** Makes the folders that `target` needs, too. Large files become durable on the way: at the end all would wait for that. */
export async function createFresh(target: string): Promise<FreshFile> {
  await makeFolder(dirname(target))
  const path = temporaryPath(target)
  const handle = await open(path, 'wx')
  let unsynced = 0
  let isSyncing = false
  let synced: Promise<void> = Promise.resolve()
  const syncAhead = () => {
    unsynced = 0
    isSyncing = true
    synced = handle.datasync().finally(() => {
      isSyncing = false
    })
    // The system tells of a fault once: the next sync gets it, or `finish`.
    synced.catch(() => undefined)
  }
  return {
    path,
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
      unsynced += bytes.length
      if (unsynced < SYNC_BYTES || isSyncing) return
      await synced
      syncAhead()
    },
    finish: async (after) => {
      await synced
      if (after !== undefined) await modifyAfter(handle, after)
      await handle.sync()
      const stat = await handle.stat({ bigint: true })
      await handle.close()
      return stat
    },
    discard: async () => {
      await Promise.allSettled([synced])
      await handle.close()
      await unless(['ENOENT'], () => unlink(path))
    },
  }
}

/**
 * An etag is size and modification time, and the clock of a file system ticks only every few milliseconds (on some
 * every two seconds): without this, two writes of one size in one tick would look like one.
 */
async function modifyAfter(handle: FileHandle, after: bigint): Promise<void> {
  for (const step of [0, 2, 1000, 2000]) {
    const time = new Date(Number(after / 1_000_000n) + step)
    if (step > 0) await handle.utimes(time, time)
    if ((await handle.stat({ bigint: true })).mtimeNs > after) return
  }
  throw new DaysealError('storage', 'the file system does not keep modification times', {
    hint: 'Dayseal tells by them whether a file changed: choose another place',
  })
}

/** Puts the whole file in the place of `target`, durably. Its time is later than that of the file it replaces. */
export async function replaceBy(fresh: FreshFile, target: string): Promise<BigIntStats> {
  const replaced = await unless(NOT_THERE, () => stat(target, { bigint: true }))
  const written = await fresh.finish(replaced?.mtimeNs)
  await rename(fresh.path, target)
  await syncFolder(dirname(target))
  return written
}

/** Gives the file `from` the name `to` as well; false when that name is taken. */
export async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === 'EEXIST') return isSameFile(from, to)
    if (errno === undefined || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errno)) throw cause
    throw new DaysealError('storage', `cannot link ${to}`, {
      seen: errno,
      hint: 'the create-only write needs a file system with hard links: choose another place',
      cause,
    })
  }
}

/** On a network file system a link may be made and its answer lost. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([a, b].map((path) => unless(NOT_THERE, () => stat(path, { bigint: true }))))
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino
}
