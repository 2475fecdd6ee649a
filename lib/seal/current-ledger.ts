import { canonicalJson } from '../canonical-json.ts'
import type { ConvertStores } from '../convert/convert-hour.ts'
import type { Ledger } from '../convert/ledger.ts'
import { ledgerKey } from '../keys.ts'
import { hashAway } from '../sha256.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import type { HourPlan } from './plan.ts'

/** The hour's ledger if it accounts for the present sources; brought up to date when only etags have changed. */
export async function currentLedger(plan: HourPlan, { archive, out }: ConvertStores): Promise<Ledger | undefined> {
  if (plan.kind === 'convert') return undefined
  if (plan.kind === 'reuse') return plan.ledger
  const { ledger, sources } = plan
  for (const [i, source] of sources.entries()) {
    const account = ledger.sources[i]!
    if (account.etag === source.etag) continue
    if (account.bytes !== source.size || (await hashObject(archive, source)) !== account.sha256) return undefined
  }
  const updated = { ...ledger, sources: ledger.sources.map((account, i) => ({ ...account, etag: sources[i]!.etag })) }
  const sink = await out.write(ledgerKey(ledger.date_utc, ledger.hour))
  await sink.write(canonicalJson(updated))
  await sink.commit()
  return updated
}

/** SHA-256 of an object in the state that its etag names, in hex. */
export function hashObject(store: ObjectStore, { key, etag }: ObjectInfo): Promise<string> {
  return hashAway(store.read(key, { etag }))
}
