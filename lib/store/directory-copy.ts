import type { BigIntStats } from 'node:fs'
import { link, open, realpath, rename, stat, symlink, unlink } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { makeFolder, syncFolder } from './folder.ts'
import { replaceBy, temporaryPath, withFresh } from './fresh-file.ts'
import { errnoOf, NOT_THERE, unless } from './storage-fault.ts'

const CHUNK = 2 ** 20

/** Another file system, no hard links, a file of somebody else (protected_hardlinks), too many links. */
const CANNOT_LINK = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** Puts a hard link to `source` in the place of `target`; a copy of its bytes where that cannot be. `found` is the source's state. */
export async function copyFile(source: string, found: BigIntStats, target: string): Promise<void> {
  const replaced = await unless(NOT_THERE, () => stat(target, { bigint: true }))
  // A link keeps the source's time. If it cannot be told from the file that it replaces, its bytes get a later one.
  const alike = replaced?.size === found.size && replaced.mtimeNs === found.mtimeNs && replaced.ino !== found.ino
  if (alike || !(await linkOver(source, target))) await copyBytes(source, target)
}

/** Puts a symbolic link to `source`, relative to its own folder, in the place of `target`. */
export async function linkSymbolically(source: string, target: string): Promise<void> {
  const temporary = temporaryPath(target)
  await makeFolder(dirname(target))
  await symlink(relative(dirname(target), source), temporary)
  try {
    await rename(temporary, target)
  } catch (error) {
    await unless(NOT_THERE, () => unlink(temporary))
    throw error
  }
  await syncFolder(dirname(target))
}

async function linkOver(source: string, target: string): Promise<boolean> {
  const temporary = temporaryPath(target)
  await makeFolder(dirname(target))
  try {
    // link() does not follow symbolic links.
    await link(await realpath(source), temporary)
  } catch (error) {
    if (CANNOT_LINK.includes(errnoOf(error) ?? '')) return false
    throw error
  }
  try {
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } finally {
    // rename() does nothing, and leaves both names, when they are links to one file already.
    await unless(NOT_THERE, () => unlink(temporary))
  }
  return true
}

async function copyBytes(source: string, target: string): Promise<void> {
  const handle = await open(source, 'r')
  try {
    await withFresh(target, async (fresh) => {
      const buffer = Buffer.allocUnsafeSlow(CHUNK)
      while (true) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK)
        if (bytesRead === 0) break
        await fresh.write(buffer.subarray(0, bytesRead))
      }
      await replaceBy(fresh, target)
    })
  } finally {
    await handle.close()
  }
}
