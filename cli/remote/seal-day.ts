import * as z from 'zod'
import { DaysealError } from '../../lib/errors.ts'
import { type SealedDay, sealedDay } from '../../lib/service/seal-day.ts'
import type { ExecutionEnd } from './execution.ts'
import { remoteFailure } from './remote-failure.ts'

export type RemoteSeal =
  | { readonly kind: 'sealed'; readonly seal: SealedDay; readonly verdict: 'passed' | 'warned' }
  /** Hours are missing, after their deadline; or `isOver` is false, and so is not the UTC day. */
  | {
      readonly kind: 'incomplete'
      readonly isOver: boolean
      readonly found: number
      readonly wanted: number
      readonly missing: readonly string[]
      /** Why more uploads may come; null when none may. */
      readonly uploads: string | null
    }

/** The state that an execution of SealDay ends well with, as far as it is looked at (infra/state-machines/seal-day.ts). */
const succeeded = z.object({ seal: sealedDay, verdict: z.object({ result: z.enum(['passed', 'warned']) }) })

/** The plan that a day is given up with, in the failure's cause. */
const plan = z.object({
  kind: z.enum(['incomplete', 'refused']),
  found: z.int(),
  wanted: z.int(),
  missing: z.array(z.string()),
  uploads: z.string().nullable().default(null),
})

/** What came of a day that an execution of SealDay was about. Throws its failure, with the code that it has here. */
export function sealOutcome(end: ExecutionEnd): RemoteSeal {
  if (end.kind === 'succeeded') {
    const { seal, verdict } = parseEnd(succeeded, end.output)
    return { kind: 'sealed', seal, verdict: verdict.result }
  }
  const given = end.error === 'Dayseal.incomplete' ? plan.safeParse(jsonIn(end.cause)).data : undefined
  if (given === undefined) throw remoteFailure('the deployed system could not seal the day', end.error, end.cause)
  const { kind, ...facts } = given
  return { kind: 'incomplete', isOver: kind === 'incomplete', ...facts }
}

function parseEnd<T>(schema: z.ZodType<T>, output: unknown): T {
  const { data, error } = schema.safeParse(output)
  if (data !== undefined) return data
  throw new DaysealError('storage', 'the execution ended well, but with something else than a sealed day', {
    wanted: 'the state machine of this version of Dayseal',
    hint: 'deploy it again, then look with `dayseal status --remote`',
    cause: error,
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
