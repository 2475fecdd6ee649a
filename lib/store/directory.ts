import { stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DaysealError } from '../errors.ts'
import { copyFile, linkSymbolically } from './directory-copy.ts'
import { infoOf, listFiles } from './directory-list.ts'
import { removeTemporary } from './directory-litter.ts'
import { withLock } from './directory-lock.ts'
import { getFile, readFile } from './directory-read.ts'
import { syncFolder } from './folder.ts'
import { createFresh, linkNew, replaceBy, temporaryPath, withFresh } from './fresh-file.ts'
import { checkKey, checkPrefix } from './key.ts'
import {
  type ObjectInfo,
  type ObjectSink,
  type ObjectStore,
  objectMissing,
  type PutOutcome,
  unconditional,
} from './object-store.ts'
import { faultsAs, NOT_THERE, storageFault, unless } from './storage-fault.ts'

export interface DirectoryOptions {
  /** Milliseconds since the epoch (default: the system's clock). Decides only when waiting for a lock ends. */
  readonly now?: () => number
  /** How long `putIfMatch` waits for another process, milliseconds (default: 10,000). */
  readonly lockWaitMs?: number
  /**
   * For outputs, which the first write creates: a missing root is an empty store (default: it is an error). Writing
   * creates folders, the root included, in either case.
   */
  readonly createRoot?: boolean
}

/** A directory and what is needed to work in it. */
interface Directory {
  readonly root: string
  readonly lock: { readonly now: () => number; readonly waitMs: number }
  readonly createRoot: boolean
}

/**
 * A directory as an object store: keys are paths below it. Writers need one file system that has hard links. Symbolic
 * links are followed when reading and listing, wherever they lead. An etag is size and modification time, so a file
 * altered in place with both kept goes unnoticed here; whatever is written here gets a later time than what it replaces.
 */
export function openDirectory(path: string, options: DirectoryOptions = {}): ObjectStore {
  const directory: Directory = {
    root: resolve(path),
    lock: { now: options.now ?? Date.now, waitMs: options.lockWaitMs ?? 10_000 },
    createRoot: options.createRoot ?? false,
  }
  const { root } = directory
  return {
    location: root,
    list: (prefix) => list(directory, prefix),
    head: async (key) => head(pathOf(root, key), key),
    read: (key, readOptions = {}) => readFile(root, key, pathOf(root, key), readOptions),
    get: async (key, maxBytes = 256 * 2 ** 20) => getFile(root, key, pathOf(root, key), maxBytes),
    write: async (key) => openSink(pathOf(root, key), key),
    putIfAbsent: async (key, bytes) => putIfAbsent(pathOf(root, key), key, bytes),
    putIfMatch: async (key, bytes, etag) => putIfMatch(directory, key, bytes, etag),
    checkConditions: (folder) => checkConditions(join(root, folder)),
    copy: (from, to) => copy(root, from, to),
    alias: (from, to) => alias(root, from, to),
    delete: async (key) => remove(pathOf(root, key)),
    removeUnfinished: async (folder, before) => {
      const path = pathOf(root, folder)
      return faultsAs(`cannot clean ${path}`, () => removeTemporary(path, { before, lock: directory.lock }))
    },
  }
}

function pathOf(root: string, key: string): string {
  checkKey(key)
  return join(root, key)
}

async function list(directory: Directory, prefix: string): Promise<readonly ObjectInfo[]> {
  const { root, createRoot } = directory
  checkPrefix(prefix)
  const files = await faultsAs(`cannot list ${join(root, prefix)}`, () => listFiles(root, prefix))
  if (files !== undefined) return files
  if (createRoot) return []
  throw new DaysealError('storage', `there is no directory ${root}`, { hint: 'create it, or correct the path' })
}

async function head(path: string, key: string): Promise<ObjectInfo | undefined> {
  return faultsAs(`cannot look at ${path}`, async () => {
    const found = await unless(NOT_THERE, () => stat(path, { bigint: true }))
    return found?.isFile() ? infoOf(key, found) : undefined
  })
}

async function openSink(path: string, key: string): Promise<ObjectSink> {
  const failed = `cannot write ${path}`
  const fresh = await faultsAs(failed, () => createFresh(path))
  let open = true
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    if (!open) throw new DaysealError('internal', `${path} is written to after its end`)
    try {
      return await act()
    } catch (error) {
      open = false
      // The first fault is the one to act on; a temporary file that stays is never listed.
      await fresh.discard().catch(() => undefined)
      throw storageFault(failed, error)
    }
  }
  return {
    write: (bytes) => step(() => fresh.write(bytes)),
    commit: () =>
      step(async () => {
        const info = infoOf(key, await replaceBy(fresh, path))
        open = false
        return info
      }),
    abort: async () => {
      open = false
      await faultsAs(failed, () => fresh.discard())
    },
  }
}

async function putIfAbsent(path: string, key: string, bytes: Uint8Array): Promise<PutOutcome> {
  return faultsAs(`cannot write ${path}`, () =>
    withFresh(path, async (fresh) => {
      await fresh.write(bytes)
      const written = await fresh.finish(undefined)
      if (!(await linkNew(fresh.path, path))) return { kind: 'conflict' }
      await syncFolder(dirname(path))
      return { kind: 'written', info: infoOf(key, written) }
    }),
  )
}

async function putIfMatch(
  directory: Directory,
  key: string,
  bytes: Uint8Array,
  etag: string | undefined,
): Promise<PutOutcome> {
  const path = pathOf(directory.root, key)
  if (etag === undefined) return putIfAbsent(path, key, bytes)
  const matches = async () => (await head(path, key))?.etag === etag
  if (!(await matches())) return { kind: 'conflict' }
  return faultsAs(`cannot write ${path}`, () =>
    withLock(path, directory.lock, async () => {
      if (!(await matches())) return { kind: 'conflict' }
      return withFresh(path, async (fresh) => {
        await fresh.write(bytes)
        return { kind: 'written', info: infoOf(key, await replaceBy(fresh, path)) }
      })
    }),
  )
}

/** A create-only write is a link to a name that must not be there, and locks are made in the same way. Nothing is left. */
async function checkConditions(folder: string): Promise<void> {
  const target = join(folder, 'probe')
  await faultsAs(`cannot write ${folder}`, () =>
    withFresh(target, (first) =>
      withFresh(target, async (second) => {
        const name = temporaryPath(target)
        try {
          const isThere = await linkNew(first.path, name)
          if (isThere && !(await linkNew(second.path, name))) return
          throw unconditional(folder, 'a link that took the place of a file')
        } finally {
          await unless(NOT_THERE, () => unlink(name))
        }
      }),
    ),
  )
}

async function copy(root: string, from: string, to: string): Promise<void> {
  const source = pathOf(root, from)
  const target = pathOf(root, to)
  await faultsAs(`cannot copy ${source} to ${target}`, async () => {
    const found = await unless(NOT_THERE, () => stat(source, { bigint: true }))
    if (!found?.isFile()) throw objectMissing(root, from)
    await copyFile(source, found, target)
  })
}

async function alias(root: string, from: string, to: string): Promise<void> {
  const source = pathOf(root, from)
  const target = pathOf(root, to)
  await faultsAs(`cannot link ${target} to ${source}`, async () => {
    if ((await unless(NOT_THERE, () => stat(source))) === undefined) throw objectMissing(root, from)
    await linkSymbolically(source, target)
  })
}

async function remove(path: string): Promise<void> {
  await faultsAs(`cannot delete ${path}`, async () => {
    const found = await unless(NOT_THERE, () => stat(path))
    if (found?.isDirectory()) return
    await unless(NOT_THERE, async () => {
      await unlink(path)
      await syncFolder(dirname(path))
    })
  })
}
