import type { Ledger } from '../convert/ledger.ts'
import type { ObjectInfo } from '../store/object-store.ts'
import type { Manifest } from './manifest.ts'

/**
 * Tells whether a listed object is in a state in which a generation counted it: its etag is that of the manifest, or one
 * under which the hour's ledger has found the same content since (a file that was restored, touched, or written again with
 * the same bytes). `ledgers`: by hour, those that are known.
 */
export function asSealed(
  { sources }: Pick<Manifest, 'sources'>,
  ledgers: ReadonlyMap<string, Pick<Ledger, 'sources'>>,
): (hour: string, object: Pick<ObjectInfo, 'key' | 'etag' | 'size'>) => boolean {
  const sealed = new Map(sources.map((account) => [account.key, account]))
  const found = new Map(
    [...ledgers.values()].flatMap((ledger) => ledger.sources.map((account) => [account.key, account])),
  )
  return (hour, { key, etag, size }) => {
    const account = sealed.get(key)
    if (account === undefined || account.hour !== hour || account.bytes !== size) return false
    if (account.etag === etag) return true
    const since = found.get(key)
    return since?.etag === etag && since.sha256 === account.sha256
  }
}
