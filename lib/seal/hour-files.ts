import { HOURS } from '../archive/guards.ts'
import type { Ledger } from '../convert/ledger.ts'
import { ledgerKey, partKey, quarantineKey } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { hashObject, type PromisedObject } from './promised-object.ts'

/**
 * What there is of the hours, in the order in which converting commits it: a quarantine is replaced only when the ledger
 * tells that the hour is another. An hour without a ledger has no part to go on from, but its quarantine is kept.
 */
export async function hourFiles(
  from: ObjectStore,
  date: string,
  ledgers: ReadonlyMap<string, Ledger>,
): Promise<readonly PromisedObject[]> {
  const files: PromisedObject[] = []
  for (const hour of HOURS) {
    const ledger = ledgers.get(hour)
    if (ledger === undefined) {
      files.push(...(await asItIs(from, quarantineKey(date, hour))))
    } else {
      const { part, quarantine } = ledger
      if (part !== null) files.push({ ...part, key: partKey(date, hour) })
      files.push(...(await asItIs(from, ledgerKey(date, hour))))
      if (quarantine !== null) files.push({ ...quarantine, key: quarantineKey(date, hour) })
    }
  }
  return files
}

async function asItIs(store: ObjectStore, key: string): Promise<PromisedObject[]> {
  const info = await store.head(key)
  return info === undefined ? [] : [{ key, sha256: await hashObject(store, info), bytes: info.size }]
}

/** Parts and quarantines of an hour that has none now: a seal there would take them for damage. */
export async function removeFilesOfNone(
  to: ObjectStore,
  date: string,
  ledgers: ReadonlyMap<string, Ledger>,
): Promise<void> {
  const none = [...ledgers].flatMap(([hour, { part, quarantine }]) => [
    ...(part === null ? [partKey(date, hour)] : []),
    ...(quarantine === null ? [quarantineKey(date, hour)] : []),
  ])
  const there = [...(await to.list(`hourly/${date}/`)), ...(await to.list(`quarantine/${date}/`))]
  for (const { key } of there) if (none.includes(key)) await to.delete(key)
}
