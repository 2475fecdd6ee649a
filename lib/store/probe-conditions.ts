import { PROBE } from './key.ts'
import { type ObjectStore, unconditional } from './object-store.ts'

type Conditional = Pick<ObjectStore, 'location' | 'putIfAbsent' | 'putIfMatch'>

/** Says what it is for to whoever finds it. What must not take its place differs from it, so that a lost answer misleads nobody. */
const THERE = Buffer.from('Dayseal asks here whether conditions of writes are checked. It stays.\n')
const REFUSED = {
  ifAbsent: Buffer.from('Written in spite of If-None-Match.\n'),
  ifMatch: Buffer.from('Written in spite of If-Match.\n'),
}

/** As S3's look, of no object. */
const NO_ETAG = '0'.repeat(32)

/**
 * How `ObjectStore.checkConditions` is answered where requests carry conditions. A store that takes conditions and ignores them lets writers erase each other's work in silence. Two small
 * requests, on an object that stays in the folder; it is in no listing.
 * Several may ask at once.
 * @throws DaysealError `storage` when it does not refuse, and as the writes do
 */
export async function probeConditions(store: Conditional, folder: string): Promise<void> {
  const key = `${folder}${PROBE}`
  const isNew = (await store.putIfAbsent(key, THERE)).kind === 'written'
  await (isNew ? probeObject(store, key) : probeMatch(store, key))
}

/** The same by an object of the caller's own, which is there, and is spoilt where the store does not refuse. */
export async function probeObject(store: Conditional, key: string): Promise<void> {
  if ((await store.putIfAbsent(key, REFUSED.ifAbsent)).kind === 'written') throw ignored(store, 'If-None-Match')
  await probeMatch(store, key)
}

async function probeMatch(store: Conditional, key: string): Promise<void> {
  if ((await store.putIfMatch(key, REFUSED.ifMatch, NO_ETAG)).kind === 'written') throw ignored(store, 'If-Match')
}

function ignored({ location }: Conditional, condition: string): Error {
  return unconditional(location, `a write whose ${condition} did not hold was made`)
}
