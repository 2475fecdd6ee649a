import type { ObjectStore } from '../../store/object-store.ts'

/** Where zips go. */
export interface ArchivePlace {
  readonly store: ObjectStore
  /** Of the zips' keys: a folder with a slash at its end, or empty. */
  readonly prefix: string
}

const WEEK_MS = 7 * 86_400_000

/** Removes what runs that were killed more than a week ago left in the folder. A place without a folder is somebody else's. */
export async function removeLitter({ store, prefix }: ArchivePlace, now: Date): Promise<void> {
  if (prefix !== '') await store.removeUnfinished(prefix.slice(0, -1), now.getTime() - WEEK_MS)
}
