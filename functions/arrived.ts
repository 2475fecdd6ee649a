import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { archiveHours } from '../lib/service/archive-hours.ts'
import { arriveInAll } from '../lib/service/arrive-in-all.ts'
import { hourAccount } from './hour-account.ts'
import { logger, measure } from './observed.ts'
import { objectCreated } from './s3-event.ts'
import { service } from './service.ts'

/** Messages of a queue. */
export const batch = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })).min(1) })

/** Messages that cannot be worked on are handed back, and logged: nobody else learns why. */
export async function convertArrived(arrived: z.infer<typeof batch>, signal: AbortSignal, context: Context) {
  const processor = new BatchProcessor(EventType.SQS)
  const options = { context, processInParallel: false, throwOnFullBatchFailure: false }
  const convert = (record: SQSRecord) => convertMessage(record, signal)
  const answer = await processPartialResponse(arrived, convert, processor, options)
  for (const error of processor.errors) logger.error('a message could not be worked on', error)
  return answer
}

async function convertMessage({ body }: SQSRecord, signal: AbortSignal): Promise<void> {
  const { bucket, object } = objectCreated.parse(JSON.parse(body)).detail
  const { etag, size: bytes, sequencer } = object
  const places = archiveHours(service.datasets.values(), bucket.name, object.key)
  if (places.length === 0) measure('none', { KeysIgnored: 1 })
  await arriveInAll(service, places, { etag, bytes, sequencer }, signal, ({ dataset, key }, outcome) => {
    const told = outcome.kind === 'older' ? {} : hourAccount(dataset.name, outcome)
    logger.info(`an object has arrived: ${outcome.kind}`, { key, ...told })
  })
}
