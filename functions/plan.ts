import * as z from 'zod'
import { dateRange } from '../lib/archive/guards.ts'
import { planSeal } from '../lib/service/plan-seal.ts'
import { measure, observed } from './observed.ts'
import { dayRequest } from './requests.ts'
import { service } from './service.ts'

const range = z.object({ dataset: z.string(), from: z.string(), to: z.string() })
const input = z.object({ request: z.union([range, dayRequest]) })

/** Says what has to be done before a day can be sealed; of a range, which days it has. */
export const handler = observed(async (event) => {
  const { request } = input.parse(event)
  if ('from' in request) {
    const { dataset, from, to } = request
    return { dataset, days: dateRange(from, to).map((date) => ({ dataset, date })) }
  }
  const plan = await planSeal(service, request)
  measure(plan.dataset, { MissingHours: plan.missing.length })
  return plan
})
