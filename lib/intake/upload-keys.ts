import { isKey } from '../store/key.ts'
import { etagHash, nameHash } from './upload-id.ts'

/*
 * Where what is known of uploads lies, in the archive's store:
 *
 *   _uploads/ledgers/<name hash>/<seq>.json                          the ledger of a version: creating it is the commit
 *   _uploads/ledgers/<name hash>/<seq>-<id>-<etag hash>.<outcome>    empty, written after it: says the same to a listing
 *   _uploads/retired/<id>/<name hash>-<seq>                          empty: that version took the place of the id's slices
 *   _uploads/contents/<beginning>/<content>                          empty: by it uploads that begin alike are found
 *   _uploads/quarantine/<id>.jsonl.gz                                lines that could not become events of a slice
 *
 * <name hash> stands for the upload's key, so that all versions of a name lie together; <seq> has 8 digits.
 */

/** The folder of all that is known of uploads. */
export const OF_UPLOADS = '_uploads/'

export const LEDGERS = `${OF_UPLOADS}ledgers/`
export const QUARANTINES = `${OF_UPLOADS}quarantine/`

export const RETIRED = `${OF_UPLOADS}retired/`
export const CONTENTS = `${OF_UPLOADS}contents/`

const OUTCOMES = ['partitioned', 'refused', 'held'] as const
export type VersionOutcome = (typeof OUTCOMES)[number]

/** What a listing tells of a version. */
export interface VersionName {
  readonly name: string
  readonly seq: number
  readonly id: string
  readonly etag: string
  readonly outcome: VersionOutcome
}

/** All versions of the upload of that key. */
export function versionsPrefix(uploadKey: string): string {
  return `${LEDGERS}${nameHash(uploadKey)}/`
}

export function uploadLedgerKey(name: string, seq: number): string {
  return `${LEDGERS}${name}/${padded(seq)}.json`
}

export function noteKey({ name, seq, id, etag, outcome }: VersionName): string {
  return `${LEDGERS}${name}/${padded(seq)}-${id}-${etag}.${outcome}`
}

/** The version that is called `key` with that etag. */
export function versionName(
  { key, etag }: { readonly key: string; readonly etag: string },
  { seq, id, outcome }: Pick<VersionName, 'seq' | 'id' | 'outcome'>,
): VersionName {
  return { name: nameHash(key), seq, id, etag: etagHash(etag), outcome }
}

/** What a key below `LEDGERS` is; undefined for one that Dayseal never wrote. */
export function parseLedgerName(
  key: string,
):
  | { readonly kind: 'ledger'; readonly name: string; readonly seq: number }
  | { readonly kind: 'note'; readonly version: VersionName }
  | undefined {
  const parts = /^_uploads\/ledgers\/([0-9a-f]{32})\/(\d{8})(?:\.json|-([0-9a-f]{32})-([0-9a-f]{16})\.([a-z]+))$/.exec(
    key,
  )
  if (parts === null) return undefined
  const [, name = '', digits = '', id, etag = '', ending] = parts
  const seq = Number(digits)
  if (seq === 0) return undefined
  if (id === undefined) return { kind: 'ledger', name, seq }
  const outcome = OUTCOMES.find((one) => one === ending)
  return outcome && { kind: 'note', version: { name, seq, id, etag, outcome } }
}

export function uploadQuarantineKey(id: string): string {
  return `${QUARANTINES}${id}.jsonl.gz`
}

/** Whether a key of the archive is an upload: below the prefix, and with a name that does not start with a dot. */
export function isUploadKey(key: string, prefix: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1)
  return key.startsWith(prefix) && isKey(key) && !name.startsWith('.')
}

/** The id in the name of a slice; undefined for a key that is none. */
export function sliceId(key: string): string | undefined {
  return /(?<![0-9a-f])([0-9a-f]{32})\.(?:jsonl|ndjson|json)\.gz$/.exec(key)?.[1]
}

function padded(seq: number): string {
  return String(seq).padStart(8, '0')
}
