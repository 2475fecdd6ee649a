import { atOnce } from '../at-once.ts'
import type { ConvertStores } from '../convert/convert-hour.ts'
import type { Ledger } from '../convert/ledger.ts'
import type { ObjectInfo } from '../store/object-store.ts'
import { asSealed } from './as-sealed.ts'
import { currentLedger } from './current-ledger.ts'
import type { Generation } from './history.ts'
import type { HourPlan } from './plan.ts'
import type { Situation } from './situation.ts'

/** Hours whose sources are read together: in a bucket most of it is waiting. */
const READ_AT_ONCE = 4

/**
 * Reads the objects that differ from what was sealed in their etags alone, and returns the day's ledgers with what was
 * found: those of hours whose content is the same name the present etags from now on, so that nobody has to read them
 * again. Nothing is read of a day with objects that are new, or of another size.
 */
export async function recognize(
  { manifest }: Generation,
  { listing, ledgers }: Pick<Situation, 'listing' | 'ledgers'>,
  stores: ConvertStores,
): Promise<ReadonlyMap<string, Ledger>> {
  const isSealed = asSealed(manifest, ledgers)
  const contents = new Map(manifest.sources.map(({ key, sha256 }) => [key, sha256]))
  const changed = [...listing.hours].filter(([hour, objects]) => !objects.every((object) => isSealed(hour, object)))
  const plans = changed.flatMap(([hour, sources]): HourPlan[] => {
    const ledger = ledgers.get(hour)
    const held = new Map(ledger?.sources.map((account) => [account.key, account]))
    const isAlike = ({ key, size }: ObjectInfo) =>
      held.get(key)?.bytes === size && held.get(key)?.sha256 === contents.get(key)
    return ledger !== undefined && sources.every(isAlike) ? [{ kind: 'rehash', hour, ledger, sources }] : []
  })
  if (plans.length < changed.length) return ledgers
  const found = await atOnce(plans, READ_AT_ONCE, (plan) => currentLedger(plan, stores))
  return new Map([
    ...ledgers,
    ...found.flatMap((ledger) => (ledger === undefined ? [] : [[ledger.hour, ledger] as const])),
  ])
}
