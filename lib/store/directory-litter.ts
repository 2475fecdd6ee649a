import { lstat, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type LockOptions, removeDeadLock } from './directory-lock.ts'
import { LOCK, TEMPORARY } from './key.ts'
import { NOT_THERE, unless } from './storage-fault.ts'

export interface LitterOptions {
  /** What was last written later stays, milliseconds since the epoch. */
  readonly before: number
  readonly lock: LockOptions
}

/**
 * Removes temporary files, and locks of processes that are gone, in the folder `path` and below it; where `path` is a
 * file, or nothing, those beside it, where they are of its writes. Links are not followed. Returns how many there were.
 */
export async function removeTemporary(path: string, options: LitterOptions): Promise<number> {
  const below = await removeIn(path, options, 'below')
  return below ?? (await removeIn(dirname(path), options, 'beside')) ?? 0
}

/** Undefined when `folder` is none. */
async function removeIn(
  folder: string,
  options: LitterOptions,
  where: 'below' | 'beside',
): Promise<number | undefined> {
  const entries = await unless(NOT_THERE, () => readdir(folder, { withFileTypes: true }))
  if (entries === undefined) return undefined
  let removed = 0
  for (const entry of entries) {
    const file = join(folder, entry.name)
    if (entry.isDirectory()) removed += where === 'below' ? ((await removeIn(file, options, where)) ?? 0) : 0
    else if (await removeFile(file, entry.name, options)) removed++
  }
  return removed
}

async function removeFile(file: string, name: string, { before, lock }: LitterOptions): Promise<boolean> {
  const isLock = name.startsWith(LOCK)
  if (!isLock && !name.startsWith(TEMPORARY)) return false
  const found = await unless(NOT_THERE, () => lstat(file))
  if (found === undefined || found.mtimeMs >= before) return false
  if (isLock) return removeDeadLock(file, lock)
  await unless(NOT_THERE, () => unlink(file))
  return true
}
