import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { logger } from './observed.ts'

/** Messages of a queue. */
export const batch = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })).min(1) })

/**
 * Works on messages, one after another; `work` is given what a body says as JSON. Those that cannot be worked on are handed
 * back, and logged with their bodies: nobody else learns which it was, and why.
 */
export async function eachMessage(
  messages: z.infer<typeof batch>,
  context: Context,
  work: (body: unknown) => Promise<void>,
) {
  const processor = new BatchProcessor(EventType.SQS)
  const options = { context, processInParallel: false, throwOnFullBatchFailure: false }
  const workOn = async ({ body }: SQSRecord) => {
    try {
      await work(JSON.parse(body))
    } catch (error) {
      logger.error('a message could not be worked on', { body, error })
      throw error
    }
  }
  return processPartialResponse(messages, workOn, processor, options)
}
