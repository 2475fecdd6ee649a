import { symlinkKey } from '../keys.ts'
import { schemeOf } from '../store/location.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Generation } from './history.ts'
import { type Check, check } from './verdict.ts'

/** Longer than any key. */
const MAX_BYTES = 4096

/**
 * In a bucket, the link by which Athena finds the data: to the newest generation, or behind as an interrupted run leaves
 * it. One to anything else would show other rows than were sealed. A directory has no link.
 */
export async function checkLink(
  out: ObjectStore,
  date: string,
  generations: readonly Generation[],
): Promise<readonly Check[]> {
  if (schemeOf(out.location) !== 's3') return []
  const links = generations.map(({ manifest }) => linkTo(out, manifest?.data_key ?? null))
  const wanted = links.at(-1) ?? null
  const seen = await linkIn(out, symlinkKey(date))
  const holds = seen === wanted
  const isBehind = !holds && (seen === null || links.includes(seen))
  return [
    check({
      id: 'view.link',
      title: 'the link for Athena names the newest generation',
      level: isBehind ? 'warn' : 'error',
      holds,
      seen: `${isBehind ? 'view behind: ' : ''}${seen ?? `no ${symlinkKey(date)}`}`,
      wanted: `${wanted ?? 'none'} (the next seal run mends a view that is behind)`,
    }),
  ]
}

function linkTo({ location }: ObjectStore, dataKey: string | null): string | null {
  return dataKey === null ? null : `${location}/${dataKey}`
}

/** The link without the end of its line. */
async function linkIn(out: ObjectStore, key: string): Promise<string | null> {
  const info = await out.head(key)
  if (info === undefined) return null
  if (info.size > MAX_BYTES) return `${info.size} bytes`
  const found = await out.get(key)
  return found === undefined ? null : Buffer.from(found.bytes).toString().replace(/\n$/, '')
}
