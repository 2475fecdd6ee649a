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
  const accounts = new Map(ledger.sources.map((account) => [account.key, account]))
  for (const source of sources) {
    const account = accounts.get(source.key)
    if (account?.etag === source.etag) continue
    if (account?.bytes !== source.size || (await hashObject(archive, source)) !== account.sha256) return undefined
  }
  const etags = new Map(sources.map(({ key, etag }) => [key, etag]))
  const updated = {
    ...ledger,
    sources: ledger.sources.map((account) => ({ ...account, etag: etags.get(account.key) ?? account.etag })),
  }
  await putObject(out, ledgerKey(ledger.date_utc, ledger.hour), canonicalJson(updated))
  return updated
}
