import type { Manifest } from '../../seal/manifest.ts'
import { hashObject } from '../../seal/promised-object.ts'
import { isObjectChanged, isObjectMissing, type ObjectInfo, type ObjectStore } from '../../store/object-store.ts'

export interface DeleteOptions {
  readonly archive: ObjectStore
  readonly manifest: Manifest
  /** What a zip holds as the manifest names it, in the state in which it may go. */
  readonly sources: ReadonlyMap<string, ObjectInfo>
  /** Keys of those whose bytes, in that state, this run has hashed and found to be those of the manifest. */
  readonly hashed: ReadonlySet<string>
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: { readonly phase: 'delete'; readonly done: number; readonly total: number }) => void
}

export interface DeletedSources {
  readonly files: number
  readonly bytes: number
  /** Keys that stay: they are not in the state, or of the content, that a zip holds. */
  readonly kept: readonly string[]
}

/**
 * Deletes source files that a zip holds. One that is in another state now than when it was hashed stays: stores have no
 * conditional delete, so what is written in the moment between looking and deleting is lost.
 */
export async function deleteSources(options: DeleteOptions): Promise<DeletedSources> {
  const { archive, sources, signal, onProgress } = options
  const kept: string[] = []
  const wanted = new Map(options.manifest.sources.map(({ key, sha256 }) => [key, sha256]))
  let [files, bytes] = [0, 0]
  for (const [key, info] of sources) {
    signal?.throwIfAborted()
    if (await isStill(info, wanted.get(key), options)) {
      await archive.delete(key)
      files++
      bytes += info.size
    } else kept.push(key)
    onProgress?.({ phase: 'delete', done: files + kept.length, total: sources.size })
  }
  return { files, bytes, kept }
}

async function isStill(
  info: ObjectInfo,
  wanted: string | undefined,
  { archive, hashed, signal }: DeleteOptions,
): Promise<boolean> {
  try {
    if (!hashed.has(info.key) && (await hashObject(archive, info, signal)) !== wanted) return false
  } catch (error) {
    if (isObjectChanged(error) || isObjectMissing(error)) return false
    throw error
  }
  return (await archive.head(info.key))?.etag === info.etag
}
