import { lstat, mkdir, mkdtemp, open, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DaysealError } from '../errors.ts'
import { errnoOf, faultsAs, NOT_THERE, unless } from './storage-fault.ts'

/**
 * Makes the folder and those above it that are missing, all durable. One by one: where the system says that a folder is
 * missing whose parent is there (/proc, some FUSE and network mounts), Node's recursive `mkdir` never returns.
 * @throws DaysealError `storage`
 */
export async function makeFolder(folder: string): Promise<void> {
  if ((await madeOne(folder)) !== 'no-parent') return
  await makeFolder(dirname(folder))
  if ((await madeOne(folder)) !== 'no-parent') return
  throw new DaysealError('storage', `cannot make the folder ${folder}`, {
    seen: `ENOENT, although ${dirname(folder)} is there`,
    hint: 'no folders can be made there: choose another place',
  })
}

async function madeOne(folder: string): Promise<'made' | 'there' | 'no-parent'> {
  const failed = `cannot make the folder ${folder}`
  return faultsAs(failed, async () => {
    try {
      await mkdir(folder)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT' && folder !== dirname(folder)) return 'no-parent'
      // A read-only file system, or a parent that nobody may write to, may say so of a folder that is there.
      if ((await unless(NOT_THERE, () => stat(folder)))?.isDirectory()) return 'there'
      if (errno === 'EEXIST' && (await isLinkToNothing(folder))) throw linkToNothing(failed, folder, error)
      throw error
    }
    await syncFolder(dirname(folder))
    return 'made'
  })
}

async function isLinkToNothing(path: string): Promise<boolean> {
  return (
    (await unless(NOT_THERE, () => stat(path))) === undefined &&
    (await unless(NOT_THERE, () => lstat(path)))?.isSymbolicLink() === true
  )
}

function linkToNothing(failed: string, path: string, cause: unknown): DaysealError {
  return new DaysealError('storage', failed, {
    seen: `${path} is a symbolic link to nothing`,
    hint: 'remove it, or make the folder that it names',
    cause,
  })
}

/**
 * A new folder in the folder `parent`, which exists, for what is kept only while the process works.
 * @throws DaysealError `storage`
 */
export async function makeScratch(parent: string, name: string): Promise<string> {
  return faultsAs(`cannot make a scratch folder in ${parent}`, () => mkdtemp(join(parent, name)))
}

/** Makes the names in a folder durable, where the file system knows how to. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    // Some network file systems cannot sync a folder, and have nothing to sync there.
    await unless(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'], () => handle.sync())
  } finally {
    await handle.close()
  }
}
