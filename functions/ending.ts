import * as z from 'zod'
import type { Ending } from '../lib/service/conclude-day.ts'
import { messageInCause } from '../lib/service/failure-cause.ts'
import { sealedDay } from '../lib/service/seal-day.ts'
import { dayRequest } from './requests.ts'

const known = {
  request: dayRequest,
  execution: z.object({ id: z.string(), started: z.coerce.date() }),
}
const noSeal = z.object({ kind: z.enum(['none', 'refused']) })
const plan = z.object({
  found: z.int(),
  wanted: z.int(),
  missing: z.array(z.string()),
  uploads: z.string().nullable().default(null),
})
/** What the SealDay state machine says when an execution ends. */
export const ended = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('sealed'), ...known, seal: sealedDay }),
  z.object({ outcome: z.literal('incomplete'), ...known, plan }),
  z.object({
    outcome: z.literal('failed'),
    ...known,
    plan: z.object({ generation: z.int().nullable() }),
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
      const { generation } = 'generation' in end.seal ? end.seal : end.plan
      return { kind: 'failed', error: end.error.Error, cause: messageInCause(end.error.Cause), generation }
    }
  }
}
