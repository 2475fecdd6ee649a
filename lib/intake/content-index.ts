import { atOnce } from '../at-once.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { CONTENTS, uploadLedgerKey } from './upload-keys.ts'

/*
 * Which contents have been accounted for, so that an upload is known again under any name: an empty object for each,
 * in the folder of how it begins, whose name says the rest.
 */

/** A content, and the version of an upload that accounts for it. */
export interface KnownContent {
  /** Decompressed. */
  readonly bytes: number
  readonly sha256: string
  /** The first 16 digits of the SHA-256 of the settings that it was partitioned with. */
  readonly settings: string
  readonly id: string
  readonly name: string
  readonly seq: number
}

/** The folder of contents of which only the stored bytes are known: of ledgers from before there was an index. */
export const AS_STORED = 'stored'

/** The folder of an upload that is held, by its content: it is not accounted for, and known again under another name. */
export function heldFolder(contentSha256: string): string {
  return `held-${contentSha256.slice(0, 32)}`
}

/** Folders that are listed at the same time. */
const AT_ONCE = 8

export function contentKey(beginning: string, { bytes, sha256, settings, id, name, seq }: KnownContent): string {
  return `${CONTENTS}${beginning}/${bytes}-${sha256}-${settings}-${id}-${name}-${seq}`
}

export function ledgerKeyOf({ name, seq }: KnownContent): string {
  return uploadLedgerKey(name, seq)
}

/** The contents that are filed under any of these beginnings. A version may have no ledger yet, or never get one. */
export async function contentsUnder(
  archive: ObjectStore,
  beginnings: readonly string[],
): Promise<readonly KnownContent[]> {
  const found = await atOnce(beginnings, AT_ONCE, (beginning) => archive.list(`${CONTENTS}${beginning}/`))
  return found.flat().flatMap(({ key }) => parseContentKey(key) ?? [])
}

function parseContentKey(key: string): KnownContent | undefined {
  const parts = /\/(\d{1,15})-([0-9a-f]{64})-([0-9a-f]{16})-([0-9a-f]{32})-([0-9a-f]{32})-(\d{1,8})$/.exec(key)
  if (parts === null) return undefined
  const [, bytes = '', sha256 = '', settings = '', id = '', name = '', seq = ''] = parts
  return { bytes: Number(bytes), sha256, settings, id, name, seq: Number(seq) }
}
