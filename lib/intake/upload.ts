import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'

/** A file that is to be split, in the state that `info` names. */
export interface Upload {
  /** Its name in ledgers: what replaces what is told by it. For an object of the archive its key. */
  readonly key: string
  /** Where it is read from. */
  readonly store: ObjectStore
  readonly info: ObjectInfo
}

/** An object below the archive's uploads. */
export function uploadIn(archive: ObjectStore, info: ObjectInfo): Upload {
  return { key: info.key, store: archive, info }
}
