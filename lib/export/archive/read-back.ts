import { DaysealError } from '../../errors.ts'
import { type ObjectInfo, type ObjectStore, objectChanged } from '../../store/object-store.ts'
import { type CheckArchiveOptions, checkArchive, type ValidArchive } from './check-archive.ts'

/**
 * Checks an archive that was just written, as it lies there now. One that is not valid is removed.
 * @throws DaysealError `storage`
 */
export async function readBack(
  store: ObjectStore,
  { key, etag }: ObjectInfo,
  options: Pick<CheckArchiveOptions, 'onProgress' | 'signal'>,
): Promise<ValidArchive> {
  const check = await checkArchive({ ...options, store, key, maxExpandedBytes: Number.MAX_SAFE_INTEGER })
  if (check.info.etag !== etag) throw objectChanged(store.location, key)
  if (check.kind === 'valid') return check
  // The first fault is the one to act on.
  await store.delete(key).catch(() => undefined)
  throw new DaysealError('storage', `${key} in ${store.location} does not read back as it was written`, {
    seen: check.problems[0]!,
    hint: 'it was removed, and nothing else was; check the disk, then run again',
  })
}
