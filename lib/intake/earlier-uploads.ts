import { atOnce } from '../at-once.ts'
import { isObjectMissing, type ObjectStore } from '../store/object-store.ts'
import type { Uploads } from './ledger-listing.ts'
import { afterPrefix, haveLineInCommon, linesOf } from './slice-lines.ts'
import type { SliceSpool, SpooledFile } from './slice-spool.ts'
import { SPOOLED_QUARANTINE } from './spool-events.ts'
import { nameHash } from './upload-id.ts'
import { sliceId, uploadLedgerKey } from './upload-keys.ts'
import { type PartitionedUpload, readUploadLedger, type VersionRef } from './upload-ledger.ts'

/*
 * How an upload that has just been spooled, whole, relates to uploads that are in slices already.
 */

export interface Comparison {
  readonly archive: ObjectStore
  readonly spool: SliceSpool
  readonly files: readonly SpooledFile[]
}

/** Whether it has a line in common with an earlier upload; `unknown` where slices are gone, or of other settings. */
export async function linesInCommon(
  { archive, spool, files }: Comparison,
  earlier: PartitionedUpload,
  settings: { readonly sha256: string; readonly isArrival: boolean },
): Promise<'none' | 'some' | 'unknown'> {
  for (const file of files.filter(({ name }) => name !== SPOOLED_QUARANTINE)) {
    // An event's hour is that of its time, unless that is its arrival's.
    const slices = earlier.slices.filter(({ date, hour }) => settings.isArrival || file.name === `${date}/${hour}`)
    if (slices.length > 0 && earlier.settings_sha256 !== settings.sha256) return 'unknown'
    for (const { key } of slices) {
      try {
        const others = () => linesOf(key, archive.read(key))
        if (await haveLineInCommon(linesOf(file.name, spool.read(file)), others)) return 'some'
      } catch (error) {
        if (isObjectMissing(error)) return 'unknown'
        throw error
      }
    }
  }
  return 'none'
}

/**
 * Whether an earlier upload, of the same settings, begins with all that the upload has, so that it adds nothing: it was cut.
 * Where that was within a line, which is the last one in its quarantine (`cut`), a line of the earlier one must begin so.
 * `chain`: the account of the earlier upload, from the version that it has grown out of to itself.
 */
export async function isBeginningOf(
  { archive, spool, files }: Comparison,
  chain: readonly PartitionedUpload[],
  cut: Uint8Array | undefined,
): Promise<boolean> {
  const keys = Map.groupBy(chain.flatMap(placedIn), ({ name }) => name)
  const byName = new Map(files.map((file) => [file.name, file]))
  let isCutFound = cut === undefined
  try {
    for (const name of new Set([...byName.keys(), ...keys.keys()])) {
      const file = byName.get(name)
      const but = cut !== undefined && name === SPOOLED_QUARANTINE ? 1 : 0
      const others = linesAt(
        archive,
        (keys.get(name) ?? []).map(({ key }) => key),
      )
      const rest = await afterPrefix(file === undefined ? NO_LINES : linesBut(file, spool, but), others)
      if (rest === undefined) return false
      isCutFound ||= cut !== undefined && rest.next !== undefined && Buffer.from(rest.next).indexOf(cut) === 0
    }
  } catch (error) {
    if (isObjectMissing(error)) return false
    throw error
  }
  return isCutFound
}

/** What an account has written, by the names that it was spooled under. */
function placedIn({ slices, quarantine }: PartitionedUpload) {
  const placed = slices.map(({ key, date, hour }) => ({ key, name: `${date}/${hour}` }))
  return quarantine === null ? placed : [...placed, { key: quarantine.key, name: SPOOLED_QUARANTINE }]
}

const NO_LINES: readonly Buffer[] = []

/** The lines of a spooled file but for so many at its end. */
async function* linesBut(file: SpooledFile, spool: SliceSpool, but: number): AsyncGenerator<Buffer, void, void> {
  let left = file.lines - but
  for await (const line of linesOf(file.name, spool.read(file))) if (left-- > 0) yield line
}

async function* linesAt(archive: ObjectStore, keys: readonly string[]): AsyncGenerator<Buffer, void, void> {
  for (const key of keys) yield* linesOf(key, archive.read(key))
}

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

/** What its slices go on from; undefined for one that has all its events in them, or none. */
export function grownFrom({ relation, of }: PartitionedUpload): VersionRef | undefined {
  return relation === 'same' || relation === 'contained' ? undefined : of
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
    const account = ledger?.relation === 'same' && ledger.of ? await readVersion(archive, ledger.of) : ledger
    const from = account && grownFrom(account)
    return from === undefined ? [] : [[id, from.id] as const]
  })
  return new Map(pairs.flat())
}
