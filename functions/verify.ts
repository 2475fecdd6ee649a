import * as z from 'zod'
import { dateRange, parseDate } from '../lib/archive/guards.ts'
import { daysToVerifyAgain, verifyDays } from '../lib/service/verify-days.ts'
import { measure, observed } from './observed.ts'
import { service } from './service.ts'

const source = z.boolean().default(false)
const dataset = z.string()
const request = z.union([
  z.strictObject({ dataset, date: z.string(), source }).transform(({ date, ...rest }) => ({ ...rest, dates: [date] })),
  z.strictObject({ dataset, dates: z.array(z.string()).min(1).max(1000), source }),
  z
    .strictObject({ dataset, from: z.string(), to: z.string(), source })
    .transform(({ from, to, ...rest }) => ({ ...rest, dates: dateRange(from, to) })),
  /** From the schedule: the days whose turn it is. */
  z.strictObject({ dataset, source, everyDays: z.int().positive(), scheduledTime: z.iso.datetime() }),
])

/** Verifies sealed days: of a state machine, of a person, or those whose turn it is. */
export const handler = observed(async (event, signal, { awsRequestId: runId }) => {
  const { dataset, source, ...asked } = request.parse(event)
  const dates =
    'dates' in asked
      ? asked.dates.map(parseDate)
      : await daysToVerifyAgain(service, dataset, asked.scheduledTime.slice(0, 10), asked.everyDays)
  const verified = await verifyDays(service, { dataset, dates, source, runId, signal })
  const failed = verified.days.filter(({ result }) => result === 'failed')
  measure(dataset, { DaysVerified: verified.days.length, VerificationsFailed: failed.length })
  return verified
})
