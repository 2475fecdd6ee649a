import { isDate } from '../archive/guards.ts'
import { DaysealError } from '../errors.ts'
import { generationOf, historyKey, historyPrefix } from '../keys.ts'
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

/** The key of the newest generation's manifest of every sealed day, by date. One listing; no manifest is read. */
export async function newestKeys(out: ObjectStore): Promise<ReadonlyMap<string, string>> {
  return newestOf((await out.list('history/')).map((object) => object.key))
}

/** The newest committed generation of a day; undefined when the day was never sealed. */
export async function newestGeneration(out: ObjectStore, date: string): Promise<Generation | undefined> {
  const keys = (await out.list(historyPrefix(date))).map((object) => object.key)
  const newest = newestOf(keys).get(date)
  return newest === undefined ? undefined : readGeneration(out, newest)
}

/** Every committed generation of a day, oldest first. Throws `corrupt` for one that is damaged. */
export async function allGenerations(out: ObjectStore, date: string): Promise<readonly Generation[]> {
  const keys = (await out.list(historyPrefix(date))).map(({ key }) => key).filter((key) => generationOf(key))
  const generations: Generation[] = []
  for (const key of keys) generations.push(await readGeneration(out, key))
  return generations.sort((a, b) => a.manifest.generation - b.manifest.generation)
}

function newestOf(keys: readonly string[]): Map<string, string> {
  const newest = new Map<string, string>()
  for (const key of keys) {
    const generation = generationOf(key)
    const date = key.split('/')[1] ?? ''
    if (generation === undefined || !isDate(date)) continue
    const known = newest.get(date)
    if (known === undefined || generation > generationOf(known)!) newest.set(date, key)
  }
  return newest
}

/** @throws DaysealError `corrupt` when the manifest is damaged, or is not the one that its key names. */
export async function readGeneration(out: ObjectStore, key: string): Promise<Generation> {
  const found = await out.get(key)
  if (found === undefined) throw damaged(key, out.location, 'nothing')
  const { bytes } = found
  const manifest = parse(key, out.location, bytes)
  const named = historyKey(manifest.date_utc, manifest.generation)
  if (named !== key) throw damaged(key, out.location, `the manifest of ${named}`)
  return { key, manifest, bytes, sha256: sha256(bytes) }
}

function parse(key: string, location: string, bytes: Uint8Array): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw damaged(key, location, 'something else', cause)
  }
}

function damaged(key: string, location: string, seen: string, cause?: unknown): DaysealError {
  return new DaysealError('corrupt', `${key} in ${location} cannot be used`, {
    seen,
    wanted: 'the manifest that Dayseal wrote there',
    hint: 'run `dayseal verify` for that day, and restore the file from a copy: nothing is sealed over it',
    cause,
  })
}
