import { atOnce } from '../at-once.ts'
import { SCHEMA_KEY } from '../keys.ts'
import type { Profile } from '../shred/profile.ts'
import type { ShredRules } from '../shred/rules.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { refreshView } from './commit.ts'
import type { Generation } from './history.ts'
import { learnDay } from './learn-day.ts'
import { removeLitter } from './litter.ts'

export interface Following {
  readonly out: ObjectStore
  readonly date: string
  readonly now: Date
  readonly rules: ShredRules
  /** What the hours of a committed generation showed. */
  readonly profileOf: (generation: Generation) => Promise<Profile>
}

/**
 * What follows a commit: what the day taught, then the view, and what broken runs left. Every run does it, also one that finds
 * the day sealed, so that the next one mends what a run did not come to.
 *
 * A view that shows the newest generation says that this generation has been learnt from; so what was forgotten since
 * (`resetSchema`) stays so. A schema that is not there at all is learnt anew.
 */
export async function followCommit({ out, date, now, rules, profileOf }: Following): Promise<void> {
  const learn = async (generation: Generation) => {
    if (rules.declared === undefined) await learnDay(out, await profileOf(generation), rules)
  }
  const steps = [
    async () => {
      const shown = await refreshView(out, date, learn)
      if (shown !== undefined && rules.declared === undefined && (await out.head(SCHEMA_KEY)) === undefined) {
        await learn(shown)
      }
    },
    () => removeLitter(out, date, now),
  ]
  // In a bucket most of it is waiting.
  await atOnce(steps, steps.length, (step) => step())
}
