import * as z from 'zod'
import { offloadDays } from '../lib/service/offload.ts'
import { logger, observed } from './observed.ts'
import { service } from './service.ts'

const request = z.strictObject({ dataset: z.string(), scheduledTime: z.iso.datetime() })

/** Puts the source files of old days into zips, as the dataset's policy says. */
export const handler = observed(async (event, signal) => {
  const { dataset, scheduledTime } = request.parse(event)
  const done = await offloadDays(service, { dataset, scheduled: new Date(scheduledTime), signal })
  logger.info(`offloaded ${done.days} days`, { ...done })
  return done
})
