import type { ObjectStore } from '../store/object-store.ts'
import { beginningsOf } from './beginnings.ts'
import { AS_STORED, contentsUnder, type KnownContent, ledgerKeyOf } from './content-index.ts'
import type { Identity } from './read-upload.ts'
import { readPartitioned } from './upload-accounts.ts'
import type { PartitionedUpload } from './upload-ledger.ts'

/** What an upload is to those that have been accounted for, by its content. */
export type KnownUpload =
  /** It begins with none of them. */
  | { readonly kind: 'new' }
  /** Its content has an account. `stored`: SHA-256 of its bytes as they are stored. */
  | { readonly kind: 'same'; readonly ledger: PartitionedUpload; readonly stored: string }
  /** It has grown out of that one, the longest there is. `begins`: all that it begins with. */
  | { readonly kind: 'grown'; readonly ledger: PartitionedUpload; readonly begins: readonly KnownContent[] }
  /** It is these or begins with them, and their accounts cannot be gone on from. */
  | { readonly kind: 'again'; readonly begins: readonly KnownContent[] }

/** The contents that a content which begins so may be, may have grown out of, or may be the beginning of. */
export function contentsLike(archive: ObjectStore, first: Uint8Array): Promise<readonly KnownContent[]> {
  return contentsUnder(archive, [...beginningsOf(first), AS_STORED])
}

export interface Known {
  readonly contents: readonly KnownContent[]
  /** Whether an id counts no more. */
  readonly isRetired: (id: string) => Promise<boolean>
  /** The first digits of the SHA-256 of the settings of today. */
  readonly settings: string
}

/** Compares a content with those that are known, at their lengths. */
export async function knownUpload(
  archive: ObjectStore,
  { content, stored, prefixes }: Identity,
  { contents, isRetired, settings }: Known,
): Promise<KnownUpload> {
  const isBeginning = ({ bytes, sha256 }: KnownContent) =>
    sha256 === stored ||
    sha256 === content.sha256 ||
    (content.isOne && bytes > 0 && bytes < content.bytes && prefixes.get(bytes) === sha256)
  const begins: KnownContent[] = []
  for (const one of contents.toSorted((a, b) => b.bytes - a.bytes)) {
    if (isBeginning(one) && !(await isRetired(one.id))) begins.push(one)
  }
  const longest = await firstCommitted(archive, begins)
  if (longest === undefined) return { kind: 'new' }
  if (begins.some((one) => one.settings !== settings) || !mayGoOn(longest)) return { kind: 'again', begins }
  const hashes = [longest.content?.sha256, longest.upload.sha256]
  if (hashes.includes(content.sha256) || longest.upload.sha256 === stored)
    return { kind: 'same', ledger: longest, stored }
  return longest.content === undefined ? { kind: 'again', begins } : { kind: 'grown', ledger: longest, begins }
}

async function firstCommitted(
  archive: ObjectStore,
  contents: readonly KnownContent[],
): Promise<PartitionedUpload | undefined> {
  for (const known of contents) {
    const ledger = await readPartitioned(archive, ledgerKeyOf(known), known.id)
    if (ledger !== undefined) return ledger
  }
  return undefined
}

/** An account that leaves out events as too late is not gone on from: by now they may not be. */
function mayGoOn({ content, events }: PartitionedUpload): boolean {
  return (content === undefined ? (events.quarantined.outside_window ?? 0) : content.too_late) === 0
}

/** The accounts of those that have been committed, each id once. */
export async function accountsOf(
  archive: ObjectStore,
  contents: readonly KnownContent[],
): Promise<readonly PartitionedUpload[]> {
  const ledgers = new Map<string, PartitionedUpload>()
  for (const known of contents) {
    if (ledgers.has(known.id)) continue
    const ledger = await readPartitioned(archive, ledgerKeyOf(known), known.id)
    if (ledger !== undefined) ledgers.set(known.id, ledger)
  }
  return [...ledgers.values()]
}
