import { DaysealError } from '../errors.ts'
import { createOnly } from '../store/create-only.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { probeObject } from '../store/probe-conditions.ts'
import { type ExportMeta, META_SUFFIX, metaBytes, type WrittenMeta } from './meta.ts'

/** Names in a folder that belong to one run: each file's meta file says so. */
export interface Claim {
  /** One per extension: where the file goes. */
  readonly keys: readonly string[]
  /** Where rows go that are rejected. */
  readonly rejects: string
  /** Replaces a file's claim by what it became. Throws `conflict` when somebody else wrote there. */
  describe(key: string, meta: WrittenMeta | ExportMeta): Promise<void>
  /** The keys that still belong to the run. */
  held(): Promise<readonly string[]>
  /** Leaves the claims that do not say what became of the file yet as they are. */
  keep(): void
  /** Removes the claims that do not say what became of the file, unless they are kept. */
  release(): Promise<void>
}

export interface ClaimOptions {
  readonly store: ObjectStore
  /** Ends with a slash. */
  readonly folder: string
  readonly name: string
  /** With the dot, each once. */
  readonly extensions: readonly string[]
  readonly runId: string
  readonly now: Date
}

const MOST = 1000

/**
 * Claims the first free name of `name`, `name_2`, `name_3` …, so that of several runs, at the same time or one after the
 * other, none writes over another's files.
 */
export async function claimFiles(options: ClaimOptions): Promise<Claim> {
  const { store, folder, name, extensions } = options
  for (let number = 1; number <= MOST; number++) {
    const base = `${folder}${name}${number === 1 ? '' : `_${number}`}`
    const keys = extensions.map((extension) => `${base}${extension}`)
    const rejects = `${base}.rejects.jsonl`
    const claimed = await claimAll(options, keys, rejects.slice(folder.length))
    if (claimed !== undefined) return { keys, rejects, ...claimed }
  }
  throw new DaysealError('conflict', `${store.location} has ${MOST} exports of the name ${folder}${name}`, {
    hint: 'remove some, or give `fileName` more of the time',
  })
}

/** Undefined, with nothing left behind, when one of the names is taken. */
async function claimAll(
  { store, runId, now }: ClaimOptions,
  keys: readonly string[],
  rejects: string,
): Promise<Omit<Claim, 'keys' | 'rejects'> | undefined> {
  /** Of the meta files as the run wrote them last. */
  const etags = new Map<string, string>()
  const open = new Set<string>()
  const release = async () => {
    for (const key of open) await store.delete(`${key}${META_SUFFIX}`)
    open.clear()
  }
  const bytes = metaBytes({ meta_version: 1, status: 'writing', run_id: runId, started_at: now.toISOString(), rejects })
  for (const key of keys) {
    const claim = await createOnly(store, `${key}${META_SUFFIX}`, bytes)
    if (claim.kind === 'created') {
      etags.set(key, claim.info.etag)
      open.add(key)
      if (etags.size === 1) await probeOr(release, store, `${key}${META_SUFFIX}`)
    }
    if (claim.kind === 'taken' || (await store.list(key)).some((found) => isOf(key, found.key))) {
      await release()
      return undefined
    }
  }
  return {
    async describe(key, meta) {
      const outcome = await store.putIfMatch(`${key}${META_SUFFIX}`, metaBytes(meta), etags.get(key))
      if (outcome.kind === 'conflict') {
        throw new DaysealError('conflict', `${key}${META_SUFFIX} in ${store.location} was written by somebody else`, {
          hint: 'run the export again',
        })
      }
      etags.set(key, outcome.info.etag)
      open.delete(key)
    },
    async held() {
      const found: string[] = []
      for (const [key, etag] of etags) if ((await store.head(`${key}${META_SUFFIX}`))?.etag === etag) found.push(key)
      return found
    },
    keep: () => open.clear(),
    release,
  }
}

/** Claims are worth something only where conditions are checked. */
async function probeOr(release: () => Promise<void>, store: ObjectStore, key: string): Promise<void> {
  try {
    await probeObject(store, key)
  } catch (error) {
    // The first fault is the one to act on.
    await release().catch(() => undefined)
    throw error
  }
}

/** The file itself, or one in its folder: from an export without a meta file. */
function isOf(key: string, found: string): boolean {
  return found === key || found.startsWith(`${key}/`)
}
