import * as z from 'zod'
import type { Ending } from '../lib/service/conclude-day.ts'
import { sealedDay } from '../lib/service/seal-day.ts'
import { dayRequest } from './requests.ts'

const known = {
  request: dayRequest,
  execution: z.object({ id: z.string(), started: z.coerce.date() }),
}
const noSeal = z.object({ kind: z.enum(['none', 'refused']) })
const plan = z.object({ found: z.int(), wanted: z.int(), missing: z.array(z.string()) })
/** What the SealDay state machine says when an execution ends. */
export const ended = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('sealed'), ...known, seal: sealedDay }),
  z.object({ outcome: z.literal('incomplete'), ...known, plan }),
  z.object({
    outcome: z.literal('failed'),
    ...known,
    seal: z.union([sealedDay, noSeal]),
    error: z.object({ Error: z.string(), Cause: z.string().default('') }),
  }),
])

export function endingOf(end: z.infer<typeof ended>): Ending {
  switch (end.outcome) {
    case 'sealed':
      return { kind: 'sealed', seal: end.seal }
    case 'incomplete':
      return { kind: 'incomplete', plan: end.plan }
    case 'failed': {
      const generation = 'generation' in end.seal ? end.seal.generation : null
      return { kind: 'failed', error: end.error.Error, cause: messageIn(end.error.Cause), generation }
    }
  }
}

/** Lambda's cause is JSON with the error's message; a state's own is text. */
function messageIn(cause: string): string {
  try {
    return z.object({ errorMessage: z.string() }).parse(JSON.parse(cause)).errorMessage
  } catch {
    return cause
  }
}
