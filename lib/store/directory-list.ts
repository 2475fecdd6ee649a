import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DaysealError } from '../errors.ts'
import { compareKeys, isUnlisted } from './key.ts'
import type { ObjectInfo } from './object-store.ts'
import { NOT_THERE, unless } from './storage-fault.ts'

/** Files looked at together. */
const BATCH = 32

/** In a directory an etag is the size and the modification time in nanoseconds. */
export function infoOf(key: string, stat: BigIntStats): ObjectInfo {
  return {
    key,
    size: Number(stat.size),
    etag: `${stat.size}-${stat.mtimeNs}`,
    modified: Number(stat.mtimeNs / 1_000_000n),
  }
}

/**
 * Every file under `root` whose key starts with `prefix`, in key order; symbolic links are followed. Undefined when the
 * root is missing. Whatever cannot be listed (a link to nothing or in a circle, a socket, a name that is not UTF-8) is
 * a `storage` error: a listing is complete. Files that come or go meanwhile may be in it or not.
 */
export async function listFiles(root: string, prefix: string): Promise<readonly ObjectInfo[] | undefined> {
  const rootStat = await unless(NOT_THERE, () => stat(root, { bigint: true }))
  if (!rootStat?.isDirectory()) return undefined
  const folderKey = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const found: ObjectInfo[] = []
  await walk({ root, namePrefix: Buffer.from(prefix.slice(folderKey.length)), found }, folderKey, [])
  return found.sort((a, b) => compareKeys(a.key, b.key))
}

interface Walk {
  readonly root: string
  /** What names in the first folder must start with. */
  readonly namePrefix: Buffer
  readonly found: ObjectInfo[]
}

/** `folderKey` is empty or ends with a slash. `above` are the folders that it is in, as `device:inode`. */
async function walk(listing: Walk, folderKey: string, above: readonly string[]): Promise<void> {
  const path = join(listing.root, folderKey)
  const entries = await unless(NOT_THERE, () => readdir(path, { encoding: 'buffer' }))
  const folder = entries === undefined ? undefined : await unless(NOT_THERE, () => stat(path, { bigint: true }))
  if (entries === undefined || folder === undefined) return
  const identity = `${folder.dev}:${folder.ino}`
  if (above.includes(identity)) throw unlistable(path, 'a link to a folder that it is in')
  const wanted = above.length > 0 ? entries : entries.filter((name) => startsWith(name, listing.namePrefix))
  const names = wanted.map((name) => nameOf(path, name)).filter((name) => !isUnlisted(name))
  for (let at = 0; at < names.length; at += BATCH) {
    const batch = names.slice(at, at + BATCH)
    const stats = await Promise.all(batch.map((name) => statEntry(join(path, name))))
    for (const [index, entry] of stats.entries()) {
      const key = `${folderKey}${batch[index]}`
      if (entry?.isFile()) listing.found.push(infoOf(key, entry))
      else if (entry?.isDirectory()) await walk(listing, `${key}/`, [...above, identity])
      else if (entry !== undefined) throw unlistable(join(listing.root, key), 'neither a file nor a folder')
    }
  }
}

/** Undefined when the entry has gone since its folder was read. */
async function statEntry(path: string): Promise<BigIntStats | undefined> {
  const target = await unless(NOT_THERE, () => stat(path, { bigint: true }))
  if (target !== undefined) return target
  if ((await unless(NOT_THERE, () => lstat(path)))?.isSymbolicLink())
    throw unlistable(path, 'a symbolic link to nothing')
  return undefined
}

function startsWith(name: Buffer, prefix: Buffer): boolean {
  return name.subarray(0, prefix.length).equals(prefix)
}

function nameOf(folder: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    const name = bytes.toString('latin1')
    throw new DaysealError('storage', `a name in ${folder} is not UTF-8`, {
      seen: JSON.stringify(name),
      hint: 'rename it or move it elsewhere',
      cause,
    })
  }
}

function unlistable(path: string, seen: string): DaysealError {
  return new DaysealError('storage', `${path} cannot be listed`, {
    seen,
    wanted: 'files and folders',
    hint: 'move it elsewhere: an incomplete listing would look like missing hours',
  })
}
