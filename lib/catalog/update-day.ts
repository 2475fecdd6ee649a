import { DaysealError } from '../errors.ts'
import type { Catalog } from './catalog.ts'
import type { DayRecord } from './day-record.ts'
import type { Changed, DayName } from './day-transitions.ts'

/** Each lost round means that somebody else's write went through, so as many writers at once are served. */
const ROUNDS = 40

/**
 * Reads a day, asks `transition` what is to become of it, and writes that while the day is still what was read;
 * otherwise again. Whatever else the transition says is returned as it is. Throws `conflict` when others were faster
 * every time.
 */
export async function updateDay<Refusal extends { readonly kind: string }>(
  catalog: Catalog,
  { dataset, date }: DayName,
  transition: (present: DayRecord | undefined) => Changed | Refusal,
  signal?: AbortSignal,
): Promise<{ readonly kind: 'written'; readonly day: DayRecord } | Refusal> {
  for (let round = 0; round < ROUNDS; round++) {
    const present = await catalog.day(dataset, date, signal)
    const decided = transition(present)
    if (!isChanged(decided)) return decided
    const outcome = await catalog.putDay(decided.next, present?.version, signal)
    if (outcome.kind === 'written') return outcome
  }
  throw new DaysealError('conflict', `the record of ${date} of ${dataset} could not be written`, {
    seen: `other writers were faster ${ROUNDS} times in ${catalog.location}`,
    hint: 'run again when they are done',
  })
}

function isChanged(decided: { readonly kind: string }): decided is Changed {
  return decided.kind === 'changed'
}
