import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { versionsOf } from './commit-version.ts'
import { type Content, mayBegin } from './content-digest.ts'
import { type Comparison, isBeginningOf, linesInCommon } from './earlier-uploads.ts'
import { listUploads, type UploadVersion } from './ledger-listing.ts'
import { accountOf, chainOf, grownFrom, readPartitioned } from './upload-accounts.ts'
import { nameHash } from './upload-id.ts'
import { isUploadKey } from './upload-keys.ts'
import type { PartitionedUpload } from './upload-ledger.ts'

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

/** What a name was before, that counts. */
export interface Earlier {
  /** From oldest to newest, with all that they have grown out of. */
  readonly accounts: readonly PartitionedUpload[]
  /** The ids of those that its versions made: what it was merely the beginning of is another's. */
  readonly own: ReadonlySet<string>
}

export async function earlierOf(
  archive: ObjectStore,
  uploadKey: string,
  isRetired: (id: string) => Promise<boolean>,
): Promise<Earlier> {
  const versions = (await versionsOf(archive, uploadKey)).filter(({ outcome }) => outcome === 'partitioned')
  const chains = await atOnce(versions, AT_ONCE, async ({ ledgerKey, id }) => {
    const ledger = (await isRetired(id)) ? undefined : await readPartitioned(archive, ledgerKey, id)
    if (ledger === undefined) return { own: false, chain: [] }
    return { own: ledger.relation !== 'contained', chain: await chainOf(archive, await accountOf(archive, ledger)) }
  })
  const accounts = new Map<string, PartitionedUpload>()
  for (const ledger of chains.flatMap(({ chain }) => chain)) {
    // What it was last comes last.
    accounts.delete(ledger.id)
    if (!(await isRetired(ledger.id))) accounts.set(ledger.id, ledger)
  }
  const own = chains.flatMap(({ own: isOwn, chain }) => (isOwn ? chain.map(({ id }) => id) : []))
  return { accounts: [...accounts.values()], own: new Set(own) }
}

export interface PlaceInput extends Comparison {
  readonly content: Content
  /** What it has grown out of: only what was added is spooled, and compared with what others added to that. */
  readonly base: PartitionedUpload | undefined
  /** What its name was before. */
  readonly earlier: Earlier
  /** Other uploads that it may be the beginning of. */
  readonly longer: readonly PartitionedUpload[]
  /** Of one that ends within a line that is no event: that. */
  readonly cut: Uint8Array | undefined
  readonly settings: { readonly sha256: string; readonly isArrival: boolean }
  readonly decision: Decision | undefined
}

/** Compares what was spooled with the slices of what its name was before. */
export async function placeOf(input: PlaceInput): Promise<Place> {
  const { archive, base, earlier, longer, decision } = input
  const known = new Set((base === undefined ? [] : await chainOf(archive, base)).map(({ id }) => id))
  const others = earlier.accounts.filter(({ id }) => !known.has(id))
  if (decision !== 'replace-all') {
    const whole = await containing(input, [...others.toReversed(), ...longer])
    if (whole !== undefined) return { kind: 'contained', ledger: whole }
  }
  const common: PartitionedUpload[] = []
  for (const ledger of others.toReversed()) {
    const found = await inCommon(input, ledger)
    if (found === 'none') continue
    if (decision === undefined) return { kind: 'held', ledger, certain: found === 'some' }
    common.push(ledger)
  }
  // What others have added to what it has grown out of, under whatever names.
  const siblings = base?.content?.readings ? longer : []
  for (const ledger of decision === undefined ? siblings : []) {
    if ((await linesInCommon(input, ledger, input.settings)) !== 'none') return { kind: 'held', ledger, certain: true }
  }
  if (decision === 'keep' || (common.length === 0 && decision !== 'replace-all')) return { kind: 'beside' }
  const replaced = common.length > 0 ? common : others.slice(-1)
  const retires = withChains(replaced, others).filter(({ id }) => earlier.own.has(id))
  return retires.length === 0 ? { kind: 'beside' } : { kind: 'replaces', retires }
}

/** The first of these that begins with all that was spooled. */
async function containing(
  input: PlaceInput,
  ledgers: readonly PartitionedUpload[],
): Promise<PartitionedUpload | undefined> {
  const { archive, content, base, cut, settings } = input
  for (const ledger of ledgers) {
    if (ledger.settings_sha256 !== settings.sha256 || ledger.content === undefined) continue
    if (!mayBegin(content.marks, ledger.content.marks)) continue
    const chain = await chainOf(archive, ledger)
    const added = chain.slice(chain.findLastIndex(({ id }) => id === base?.id) + 1)
    if (added.length === chain.length && base !== undefined) continue
    if (await isBeginningOf(input, added, cut)) return ledger
  }
  return undefined
}

/** What goes on from where it does has what is before that in common with it. */
async function inCommon(input: PlaceInput, ledger: PartitionedUpload): Promise<'none' | 'some' | 'unknown'> {
  const { archive, base, settings } = input
  const isBranch = base !== undefined && (await chainOf(archive, ledger)).some(({ id }) => id === base.id)
  return isBranch ? 'some' : linesInCommon(input, ledger, settings)
}

/** What grew out of one another is one upload. */
export function withChains(
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
 * Of accounts that are to be retired those that no other upload rests on: one that lies there goes on to count under its own
 * name, with all that it has grown out of. Of files elsewhere nobody knows whether they are there: they do as well.
 */
export async function withoutOthers(
  archive: ObjectStore,
  prefix: string,
  uploadKey: string,
  retires: readonly PartitionedUpload[],
): Promise<readonly PartitionedUpload[]> {
  const { live, uploads } = await listUploads(archive, prefix)
  const present = new Set(uploads.map(({ key, etag }) => JSON.stringify([key, etag])))
  const newest = new Map<string, UploadVersion>()
  for (const version of [...live.values()].flat()) {
    if (version.name === nameHash(uploadKey)) continue
    if (version.seq > (newest.get(version.name)?.seq ?? 0)) newest.set(version.name, version)
  }
  const kept = await atOnce([...newest.values()], AT_ONCE, async ({ ledgerKey, id }) => {
    const ledger = await readPartitioned(archive, ledgerKey, id)
    if (ledger === undefined) return []
    const { key, etag } = ledger.upload
    if (isUploadKey(key, prefix) && !present.has(JSON.stringify([key, etag]))) return []
    return (await chainOf(archive, await accountOf(archive, ledger))).map((one) => one.id)
  })
  const ids = new Set(kept.flat())
  return retires.filter(({ id }) => !ids.has(id))
}
