import { concludeDay } from '../lib/service/conclude-day.ts'
import { ended, endingOf } from './ending.ts'
import { logger, observed } from './observed.ts'
import { service } from './service.ts'

/** Records how an execution of SealDay ended, and announces it. */
export const handler = observed(async (event, signal) => {
  const end = ended.parse(event)
  const { request, execution } = end
  const options = { ...request, owner: execution.id, started: execution.started, ending: endingOf(end), signal }
  const concluded = await concludeDay(service, options)
  logger.info(`the execution ended: ${concluded.outcome}`, { ...request, announced: concluded.announced })
  return concluded
})
