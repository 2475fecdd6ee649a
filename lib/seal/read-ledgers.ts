import { HOURS } from '../archive/guards.ts'
import { type Ledger, ledgerSchema } from '../convert/ledger.ts'
import { ledgerKey } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'

/** The day's ledgers by hour. */
export async function readLedgers(out: ObjectStore, date: string): Promise<ReadonlyMap<string, Ledger>> {
  const ledgers = new Map<string, Ledger>()
  for (const hour of HOURS) {
    const ledger = await readLedger(out, date, hour)
    if (ledger !== undefined) ledgers.set(hour, ledger)
  }
  return ledgers
}

/**
 * An hour's ledger. One that cannot be read as a ledger counts as missing: its hour is converted again, which makes part
 * and ledger anew from the sources.
 */
export async function readLedger(out: ObjectStore, date: string, hour: string): Promise<Ledger | undefined> {
  const found = await out.get(ledgerKey(date, hour))
  const ledger = found === undefined ? undefined : parseLedger(found.bytes)
  return ledger?.date_utc === date && ledger.hour === hour ? ledger : undefined
}

function parseLedger(bytes: Uint8Array): Ledger | undefined {
  try {
    return ledgerSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).data
  } catch {
    // Not UTF-8, or not JSON.
    return undefined
  }
}
