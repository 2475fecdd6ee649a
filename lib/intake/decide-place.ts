import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { versionsOf } from './commit-version.ts'
import { type Content, mayBegin } from './content-digest.ts'
import {
  type Comparison,
  chainOf,
  grownFrom,
  isBeginningOf,
  linesInCommon,
  readPartitioned,
  readVersion,
} from './earlier-uploads.ts'
import { listUploads } from './ledger-listing.ts'
import { nameHash } from './upload-id.ts'
import { isUploadKey } from './upload-keys.ts'
import { type PartitionedUpload, readUploadLedger } from './upload-ledger.ts'

/**
 * What a person said of an upload whose name was something else before.
 * - `replace-all`: it is a new version of that, whether or not lines say so
 * - `replace`: of that with which it has lines in common
 * - `keep`: both count
 */
export type Decision = 'replace-all' | 'replace' | 'keep'

/** What an upload, which begins with no content that is known, is to those that its name was before. */
export type Place =
  /** It has nothing to do with them. */
  | { readonly kind: 'beside' }
  /** It is the beginning of that one. */
  | { readonly kind: 'contained'; readonly ledger: PartitionedUpload }
  | { readonly kind: 'replaces'; readonly retires: readonly PartitionedUpload[] }
  /** It has lines in common with that one; `certain`: whether they were found, or could not be looked for. */
  | { readonly kind: 'held'; readonly ledger: PartitionedUpload; readonly certain: boolean }

/** Ledgers that are read at the same time. */
const AT_ONCE = 16

/** The accounts that count of what a name was before, with all that they have grown out of, from oldest to newest. */
export async function earlierOf(
  archive: ObjectStore,
  uploadKey: string,
  isRetired: (id: string) => Promise<boolean>,
): Promise<readonly PartitionedUpload[]> {
  const partitioned = (await versionsOf(archive, uploadKey)).filter(({ outcome }) => outcome === 'partitioned')
  const newest = new Map(partitioned.map((version) => [version.id, version]))
  const chains = await atOnce([...newest.values()], AT_ONCE, async ({ ledgerKey, id }) => {
    const ledger = (await isRetired(id)) ? undefined : await readPartitioned(archive, ledgerKey, id)
    return ledger === undefined ? [] : chainOf(archive, await accountOf(archive, ledger))
  })
  const accounts: PartitionedUpload[] = []
  for (const ledger of new Map(chains.flat().map((one) => [one.id, one])).values())
    if (!(await isRetired(ledger.id))) accounts.push(ledger)
  return accounts
}

export interface PlaceInput extends Comparison {
  readonly content: Content
  /** What it has grown out of: only what was added is spooled, and compared with what others added to that. */
  readonly base: PartitionedUpload | undefined
  /** What its name was before. */
  readonly earlier: readonly PartitionedUpload[]
  /** Other uploads that it may be the beginning of. */
  readonly longer: readonly PartitionedUpload[]
  /** Of one that ends within a line that is no event: that. */
  readonly cut: Uint8Array | undefined
  readonly settings: { readonly sha256: string; readonly isArrival: boolean }
  readonly decision: Decision | undefined
}

/** Compares what was spooled with the slices of what its name was before. */
export async function placeOf(input: PlaceInput): Promise<Place> {
  const { archive, content, base, earlier, longer, cut, settings, decision } = input
  const known = new Set((base === undefined ? [] : await chainOf(archive, base)).map(({ id }) => id))
  const others = earlier.filter(({ id }) => !known.has(id))
  if (decision === 'replace-all' && others.length > 0) return { kind: 'replaces', retires: lastOf(others) }
  for (const ledger of [...others.toReversed(), ...longer]) {
    if (ledger.settings_sha256 !== settings.sha256 || ledger.content === undefined) continue
    if (!mayBegin(content.marks, ledger.content.marks)) continue
    const chain = await chainOf(archive, ledger)
    const added = chain.slice(chain.findLastIndex(({ id }) => id === base?.id) + 1)
    if (added.length === chain.length && base !== undefined) continue
    if (await isBeginningOf(input, added, cut)) return { kind: 'contained', ledger }
  }
  const siblings = base === undefined ? [] : longer
  const common: PartitionedUpload[] = []
  for (const ledger of [...siblings, ...others].toReversed()) {
    const found = await linesInCommon(input, ledger, settings)
    if (found === 'none') continue
    if (decision === undefined) return { kind: 'held', ledger, certain: found === 'some' }
    common.push(ledger)
  }
  if (common.length === 0 || decision === 'keep') return { kind: 'beside' }
  return { kind: 'replaces', retires: withChains(common, [...siblings, ...others]) }
}

/** Of an account that is another's: that one. */
async function accountOf(archive: ObjectStore, ledger: PartitionedUpload): Promise<PartitionedUpload> {
  const isOthers = ledger.relation === 'same' || ledger.relation === 'contained'
  const other = isOthers && ledger.of !== undefined ? await readVersion(archive, ledger.of) : undefined
  return other === undefined ? ledger : accountOf(archive, other)
}

/** The newest, with all that it has grown out of. */
function lastOf(earlier: readonly PartitionedUpload[]): readonly PartitionedUpload[] {
  return withChains(earlier.slice(-1), earlier)
}

/** What grew out of one another is one upload. */
function withChains(
  some: readonly PartitionedUpload[],
  all: readonly PartitionedUpload[],
): readonly PartitionedUpload[] {
  const ids = new Set(some.map(({ id }) => id))
  for (let size = 0; size < ids.size; ) {
    size = ids.size
    for (const ledger of all) {
      const from = grownFrom(ledger)
      if (from !== undefined && (ids.has(ledger.id) || ids.has(from.id))) ids.add(ledger.id).add(from.id)
    }
  }
  return all.filter(({ id }) => ids.has(id))
}

/**
 * Of accounts that are to be retired those that no other name has: an upload that still lies there under another name, with
 * that content, goes on to count.
 */
export async function withoutOthers(
  archive: ObjectStore,
  prefix: string,
  uploadKey: string,
  retires: readonly PartitionedUpload[],
): Promise<readonly PartitionedUpload[]> {
  const { live, uploads } = await listUploads(archive, prefix)
  const present = new Set(uploads.map(({ key, etag }) => JSON.stringify([key, etag])))
  const isOthers = async ({ id }: PartitionedUpload): Promise<boolean> => {
    for (const { name, ledgerKey } of live.get(id) ?? []) {
      if (name === nameHash(uploadKey)) continue
      const upload = (await readUploadLedger(archive, ledgerKey))?.upload
      if (upload === undefined) continue
      if (!isUploadKey(upload.key, prefix) || present.has(JSON.stringify([upload.key, upload.etag]))) return true
    }
    return false
  }
  const others = await Promise.all(retires.map(isOthers))
  return retires.filter((_, index) => !others[index])
}
