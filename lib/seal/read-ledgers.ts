import { HOURS } from '../archive/guards.ts'
import { atOnce } from '../at-once.ts'
import { type Ledger, ledgerSchema } from '../convert/ledger.ts'
import { ledgerKey } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'

/** Ledgers that are read together: in a bucket most of it is waiting. */
const READERS = 8

/** The day's ledgers by hour. */
export async function readLedgers(out: ObjectStore, date: string): Promise<ReadonlyMap<string, Ledger>> {
  const ledgers = await atOnce(HOURS, READERS, (hour) => readLedger(out, date, hour))
  return new Map(ledgers.flatMap((ledger) => (ledger === undefined ? [] : [[ledger.hour, ledger]])))
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
