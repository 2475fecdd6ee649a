import { DaysealError } from '../errors.ts'
import { type Owner, refuseOther } from '../owner.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type Generation, newestKeys, readGeneration } from './history.ts'

/** @throws DaysealError `usage` when the seal is one of another dataset */
export function refuseOtherSeal(owner: Owner, { key, manifest }: Generation, { location }: ObjectStore): void {
  refuseOther(owner, manifest.dataset, `${key} in ${location}`)
}

/**
 * Refuses an output where another dataset seals, as the newest day tells whose manifest can be read. One listing and one
 * manifest.
 * @throws DaysealError `usage`, `storage`
 */
export async function refuseOtherOutput(owner: Owner, out: ObjectStore): Promise<void> {
  const newestFirst = [...(await newestKeys(out))].sort(([a], [b]) => (a < b ? 1 : -1))
  for (const [, key] of newestFirst) {
    const generation = await readable(out, key)
    if (generation !== undefined) return refuseOtherSeal(owner, generation, out)
  }
}

/** What is damaged is for those to tell who need it. */
async function readable(out: ObjectStore, key: string): Promise<Generation | undefined> {
  try {
    return await readGeneration(out, key)
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'corrupt') return undefined
    throw error
  }
}
