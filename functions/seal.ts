import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { sealDay } from '../lib/service/seal-day.ts'
import { measure, observed } from './observed.ts'
import { service } from './service.ts'

const request = z.object({
  dataset: z.string(),
  date: z.string(),
  /** Hours that are enough. */
  minHours: z.int().min(1).max(24),
  /** The execution that asks. */
  owner: z.string().min(1),
})

/** Seals a day whose hours are converted. */
export const handler = observed(async (event, signal, context) => {
  const newId = () => randomUUID().replaceAll('-', '')
  const leaseUntil = new Date(Date.now() + context.getRemainingTimeInMillis())
  const day = await sealDay(service, { ...request.parse(event), newId, leaseUntil, signal })
  if (day.kind === 'sealed') measure(day.dataset, { DaysSealed: 1, RowsSealed: day.row_count })
  return day
})
