import { historyPrefix } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readGeneration } from './history.ts'

const WEEK_MS = 7 * 86_400_000

/** Removes the day's data files that no manifest names and that are older than a week: what is left of broken runs. */
export async function removeLitter(out: ObjectStore, date: string, now: Date): Promise<readonly string[]> {
  const old = (await out.list(`generations/${date}/`)).filter(({ modified }) => modified < now.getTime() - WEEK_MS)
  if (old.length === 0) return []
  const named = new Set<string | null>()
  for (const { key } of await out.list(historyPrefix(date))) {
    named.add((await readGeneration(out, key)).manifest.data_key)
  }
  const litter = old.map(({ key }) => key).filter((key) => !named.has(key))
  for (const key of litter) await out.delete(key)
  return litter
}
