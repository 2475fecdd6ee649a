import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Uploads } from './ledger-listing.ts'
import { nameHash } from './upload-id.ts'
import { sliceId, uploadLedgerKey } from './upload-keys.ts'
import { type PartitionedUpload, readUploadLedger, type VersionRef, versionRefOf } from './upload-ledger.ts'

/*
 * From ledger to ledger: whose account an upload has, and what that goes on from.
 */

/** The partitioned version that a ledger names; undefined when it is not there, or another. */
export async function readVersion(
  archive: ObjectStore,
  { key, seq, id }: VersionRef,
): Promise<PartitionedUpload | undefined> {
  return readPartitioned(archive, uploadLedgerKey(nameHash(key), seq), id)
}

export async function readPartitioned(
  archive: ObjectStore,
  ledgerKey: string,
  id: string,
): Promise<PartitionedUpload | undefined> {
  const ledger = await readUploadLedger(archive, ledgerKey)
  return ledger?.outcome === 'partitioned' && ledger.id === id ? ledger : undefined
}

/** From the version that it has grown out of first, to itself. */
export async function chainOf(archive: ObjectStore, ledger: PartitionedUpload): Promise<readonly PartitionedUpload[]> {
  const chain = [ledger]
  for (let of = grownFrom(ledger); of !== undefined; of = grownFrom(chain[0]!)) {
    const before = await readVersion(archive, of)
    if (before === undefined) break
    chain.unshift(before)
  }
  return chain
}

/** Whose account it has, if that is another's. */
function othersAccount({ relation, of }: PartitionedUpload): VersionRef | undefined {
  return relation === 'same' || relation === 'contained' ? of : undefined
}

/** The version whose account it has: another's, or its own. */
export function accountRef(ledger: PartitionedUpload): VersionRef {
  return othersAccount(ledger) ?? versionRefOf(ledger)
}

/** The same, read. */
export async function accountOf(archive: ObjectStore, ledger: PartitionedUpload): Promise<PartitionedUpload> {
  const of = othersAccount(ledger)
  const other = of && (await readVersion(archive, of))
  return other === undefined ? ledger : accountOf(archive, other)
}

/** What its slices go on from; undefined for one that has all its events in them, or none. */
export function grownFrom(ledger: PartitionedUpload): VersionRef | undefined {
  return othersAccount(ledger) === undefined ? ledger.of : undefined
}

/** Ledgers that are read at the same time. */
const AT_ONCE = 16

/** Of slices that count: by the ids of those that go on from others, the ids that they go on from. */
export async function grownIn(
  archive: ObjectStore,
  { live }: Pick<Uploads, 'live'>,
  slices: readonly { readonly key: string }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(slices.flatMap(({ key }) => sliceId(key) ?? []))]
  const pairs = await atOnce(ids, AT_ONCE, async (id) => {
    const [version] = live.get(id) ?? []
    const ledger = version && (await readPartitioned(archive, version.ledgerKey, id))
    const from = ledger && grownFrom(await accountOf(archive, ledger))
    return from === undefined ? [] : [[id, from.id] as const]
  })
  return new Map(pairs.flat())
}
