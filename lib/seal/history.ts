import { DaysealError } from '../errors.ts'
import { generationOf, historyPrefix } from '../keys.ts'
import { sha256 } from '../sha256.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type Manifest, manifestSchema } from './manifest.ts'

/** A committed generation. */
export interface Generation {
  readonly key: string
  readonly manifest: Manifest
  /** The manifest as it lies there, and its SHA-256. */
  readonly bytes: Uint8Array
  readonly sha256: string
}

/** The newest committed generation of a day; undefined when the day was never sealed. */
export async function newestGeneration(out: ObjectStore, date: string): Promise<Generation | undefined> {
  const keys = (await out.list(historyPrefix(date))).map((object) => object.key)
  const newest = keys.reduce<string | undefined>(
    (best, key) => ((generationOf(key) ?? 0) > (best === undefined ? 0 : generationOf(best)!) ? key : best),
    undefined,
  )
  return newest === undefined ? undefined : readGeneration(out, newest)
}

export async function readGeneration(out: ObjectStore, key: string): Promise<Generation> {
  const found = await out.get(key)
  if (found === undefined) throw damaged(key, out.location, 'nothing', undefined)
  const { bytes } = found
  try {
    const manifest = manifestSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    return { key, manifest, bytes, sha256: sha256(bytes) }
  } catch (cause) {
    throw damaged(key, out.location, 'something else', cause)
  }
}

function damaged(key: string, location: string, seen: string, cause: unknown): DaysealError {
  return new DaysealError('corrupt', `${key} in ${location} cannot be read`, {
    seen,
    wanted: 'a manifest as Dayseal wrote it',
    hint: 'run `dayseal verify` for that day, and restore the file from a copy: nothing is sealed over it',
    cause,
  })
}
