import { DaysealError } from '../../errors.ts'
import { isObjectChanged, type ObjectInfo, type ObjectStore } from '../../store/object-store.ts'
import { type CheckArchiveOptions, checkArchive, type ValidArchive } from './check-archive.ts'

type ReadBackOptions = Pick<CheckArchiveOptions, 'onProgress' | 'signal'>

/**
 * Checks an archive that was just written, as it lies there now. One that is not valid is removed.
 * @throws DaysealError `storage`; `conflict` when somebody else has written it since
 */
export async function readBack(
  store: ObjectStore,
  { key, etag }: ObjectInfo,
  options: ReadBackOptions,
): Promise<ValidArchive> {
  const check = await checkWritten(store, key, options)
  if (check.info.etag !== etag) throw replaced(store, key)
  if (check.kind === 'valid') return check
  // The first fault is the one to act on.
  await store.delete(key).catch(() => undefined)
  throw new DaysealError('storage', `${key} in ${store.location} does not read back as it was written`, {
    seen: check.problems[0]!,
    hint: 'it was removed, and nothing else was; check the disk, then run again',
  })
}

async function checkWritten(store: ObjectStore, key: string, options: ReadBackOptions) {
  try {
    return await checkArchive({ ...options, store, key, maxExpandedBytes: Number.MAX_SAFE_INTEGER })
  } catch (error) {
    throw isObjectChanged(error) ? replaced(store, key, error) : error
  }
}

function replaced({ location }: ObjectStore, key: string, cause?: unknown): DaysealError {
  return new DaysealError('conflict', `another run wrote ${key} in ${location} meanwhile`, {
    hint: 'nothing was deleted; run again',
    cause,
  })
}
