import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { logger } from './observed.ts'
import { objectCreated } from './s3-event.ts'

/** Messages of a queue. */
export const batch = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })).min(1) })

/** A new object, as S3 tells of it. */
export type CreatedObject = z.infer<typeof objectCreated>['detail']

/**
 * Works on the objects that messages tell of, one after another. Messages that cannot be worked on are handed back, and
 * logged: nobody else learns why.
 */
export async function eachObject(
  arrived: z.infer<typeof batch>,
  context: Context,
  work: (created: CreatedObject) => Promise<void>,
) {
  const processor = new BatchProcessor(EventType.SQS)
  const options = { context, processInParallel: false, throwOnFullBatchFailure: false }
  const workOn = ({ body }: SQSRecord) => work(objectCreated.parse(JSON.parse(body)).detail)
  const answer = await processPartialResponse(arrived, workOn, processor, options)
  for (const error of processor.errors) logger.error('a message could not be worked on', error)
  return answer
}
