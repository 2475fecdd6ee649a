import type { ObjectStore } from '../store/object-store.ts'
import type { UploadVersion } from './ledger-listing.ts'
import { readPartitioned } from './upload-accounts.ts'
import { RETIRED, uploadLedgerKey } from './upload-keys.ts'
import type { PartitionedUpload } from './upload-ledger.ts'

/*
 * Ids whose slices count no more, because a version of an upload took their place. An id that is retired stays so: a content
 * that comes back gets another one.
 */

/** Whose place a version took. */
export interface Retirement {
  readonly id: string
  /** The version that took it, and its id. */
  readonly name: string
  readonly seq: number
  readonly by: string
}

/** There once the contents of ledgers from before there was an index are filed: from then on marks say what is retired. */
export const IS_INDEXED = `${RETIRED}indexed`

/** The mark is written before the version's ledger, and means nothing without it. */
export function retirementKey({ id, name, seq, by }: Retirement): string {
  return `${RETIRED}${id}/${name}-${seq}-${by}`
}

export interface Retirements {
  readonly isIndexed: boolean
  readonly all: readonly Retirement[]
}

export async function listRetirements(archive: ObjectStore): Promise<Retirements> {
  const keys = (await archive.list(RETIRED)).map(({ key }) => key)
  return { isIndexed: keys.includes(IS_INDEXED), all: keys.flatMap((key) => parseRetirementKey(key) ?? []) }
}

function parseRetirementKey(key: string): Retirement | undefined {
  const parts = /\/([0-9a-f]{32})\/([0-9a-f]{32})-(\d{1,8})-([0-9a-f]{32})$/.exec(key)
  if (parts === null) return undefined
  const [, id = '', name = '', seq = '', by = ''] = parts
  return { id, name, seq: Number(seq), by }
}

/**
 * What is retired where nothing is indexed yet: of each name all versions but the newest that was partitioned, unless their
 * id is the newest of another name.
 */
export function retiredByName(versions: ReadonlyMap<string, readonly UploadVersion[]>): readonly Retirement[] {
  const partitioned = [...versions.values()].map((all) => all.filter(({ outcome }) => outcome === 'partitioned'))
  const newest = new Set(partitioned.map((all) => all.at(-1)?.id))
  return partitioned.flatMap((all) =>
    all
      .filter(({ id }) => !newest.has(id))
      .map(({ id, name }) => ({ id, name, seq: all.at(-1)!.seq, by: all.at(-1)!.id })),
  )
}

/** A ledger of before there were marks says by its number alone what it takes the place of. */
function retires({ ledger_version: version, retires: versions = [] }: PartitionedUpload, id: string): boolean {
  return version === 1 || versions.some((one) => one.id === id)
}

/** Whether one of the marks retires an id: those of versions that were never committed so do not. */
export async function isRetiredBy(archive: ObjectStore, marks: readonly Retirement[], id: string): Promise<boolean> {
  for (const { name, seq, by } of marks.filter((mark) => mark.id === id)) {
    const ledger = await readPartitioned(archive, uploadLedgerKey(name, seq), by)
    if (ledger !== undefined && retires(ledger, id)) return true
  }
  return false
}
