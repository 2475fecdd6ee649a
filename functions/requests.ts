import * as z from 'zod'
import { scheduledDate } from '../lib/service/plan-seal.ts'

/** The day that an execution is about: named, or the one before the time that its schedule was set for. */
export const dayRequest = z.union([
  z.object({ dataset: z.string(), date: z.string() }),
  z
    .object({ dataset: z.string(), scheduledTime: z.iso.datetime() })
    .transform(({ dataset, scheduledTime }) => ({ dataset, date: scheduledDate(new Date(scheduledTime)) })),
])
