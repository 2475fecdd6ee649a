import { canonicalJson } from '../canonical-json.ts'
import type { ConvertStores } from '../convert/convert-hour.ts'
import type { Ledger } from '../convert/ledger.ts'
import { ledgerKey } from '../keys.ts'
import { putObject } from '../store/put-object.ts'
import type { HourPlan } from './plan.ts'
import { hashObject } from './promised-object.ts'

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
  await putObject(out, ledgerKey(ledger.date_utc, ledger.hour), canonicalJson(updated))
  return updated
}
