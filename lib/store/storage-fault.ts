import { DaysealError } from '../errors.ts'

/** What a person can do about an error of the operating system. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give the user that runs Dayseal access to it',
  EPERM: 'give the user that runs Dayseal access to it',
  EROFS: 'the file system is mounted read-only: choose another place',
  ENOSPC: 'the disk is full: free some space, then run again',
  EDQUOT: 'the disk quota is used up: free some space, then run again',
  EFBIG:
    'the file system, or a limit of the process (ulimit -f), allows no file of this size: raise it or choose another place',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'the name is longer than the file system allows',
  ELOOP: 'symbolic links lead in a circle',
  ENOTDIR: 'a file is where a folder should be',
  EEXIST: 'a file is where a folder should be',
  EISDIR: 'a folder is where a file should be',
  ENOTEMPTY: 'a folder is where a file should be',
  EIO: 'the disk reports an error: check it before anything else',
  ESTALE: 'the network file system lost the file: mount it again',
}

/** What the system says when no file has a path. */
export const NOT_THERE: readonly string[] = ['ENOENT', 'ENOTDIR']

/** The name of an operating system error, such as ENOENT; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/** An operating system error as the `storage` error to throw for it; anything else as it is. */
export function storageFault(failed: string, error: unknown): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const hint = HINTS[errno]
  const seen = error instanceof Error ? error.message : errno
  return new DaysealError('storage', failed, { seen, ...(hint === undefined ? {} : { hint }), cause: error })
}

/** Runs `act`; its operating system errors become `storage` errors that say what `failed`. */
export async function faultsAs<T>(failed: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw storageFault(failed, error)
  }
}

/** Runs `act`; undefined when it fails with one of `expected` errors. */
export async function unless<T>(expected: readonly string[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (expected.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
