import { mergeProfiles, type Profile } from '../shred/profile.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Generation } from './history.ts'
import { sameContent } from './plan.ts'
import { readLedgers } from './read-ledgers.ts'

/** What the hours of a generation showed, as far as their ledgers are still of the content that it counted. */
export async function sealedProfile(out: ObjectStore, { manifest }: Generation): Promise<Profile> {
  const byHour = Map.groupBy(manifest.sources, ({ hour }) => hour)
  const ledgers = [...(await readLedgers(out, manifest.date_utc)).values()]
  const sealed = ledgers.filter(({ hour, sources }) => sameContent(byHour.get(hour) ?? [], sources))
  return sealed.map(({ profile }) => profile).reduce(mergeProfiles, {})
}
