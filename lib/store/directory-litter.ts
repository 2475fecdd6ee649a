import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { TEMPORARY } from './key.ts'
import { NOT_THERE, unless } from './storage-fault.ts'

/** Removes temporary files in `path` and below it that were last written before `before` (milliseconds). Links are not followed. */
export async function removeTemporary(path: string, before: number): Promise<number> {
  const entries = (await unless(NOT_THERE, () => readdir(path, { withFileTypes: true }))) ?? []
  let removed = 0
  for (const entry of entries) {
    const file = join(path, entry.name)
    if (entry.isDirectory()) removed += await removeTemporary(file, before)
    else if (entry.name.startsWith(TEMPORARY) && (await isOlder(file, before))) {
      await unless(NOT_THERE, () => unlink(file))
      removed++
    }
  }
  return removed
}

async function isOlder(file: string, before: number): Promise<boolean> {
  const found = await unless(NOT_THERE, () => stat(file))
  return found !== undefined && found.mtimeMs < before
}
