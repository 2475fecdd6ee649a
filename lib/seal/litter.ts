import { atOnce } from '../at-once.ts'
import { historyPrefix, isGenerationKey, SCHEMA_KEY } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readGeneration } from './history.ts'

const DAY_FOLDERS = ['hourly', 'generations', 'history', 'daily', 'quarantine']
const WEEK_MS = 7 * 86_400_000

/**
 * Removes what broken runs left of a day more than a week ago: data files that no manifest names, and unfinished writes,
 * those of the learnt schema and of a directory's catalog too.
 */
export async function removeLitter(out: ObjectStore, date: string, now: Date): Promise<void> {
  const before = now.getTime() - WEEK_MS
  const places = [...DAY_FOLDERS.map((folder) => `${folder}/${date}`), SCHEMA_KEY, '_state']
  await atOnce(places, places.length, (place) => out.removeUnfinished(place, before))
  const old = (await out.list(`generations/${date}/`)).filter(
    ({ key, modified }) => modified < before && isGenerationKey(key),
  )
  if (old.length === 0) return
  const named = new Set<string | null>()
  for (const { key } of await out.list(historyPrefix(date))) {
    named.add((await readGeneration(out, key)).manifest.data_key)
  }
  for (const { key } of old) if (!named.has(key)) await out.delete(key)
}
