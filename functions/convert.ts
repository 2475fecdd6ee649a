import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { prepareHour } from '../lib/seal/prepare-hour.ts'
import { archiveHours } from '../lib/service/archive-hours.ts'
import { arrive } from '../lib/service/arrive.ts'
import { datasetNamed } from '../lib/service/service.ts'
import { hourAccount } from './hour-account.ts'
import { logger, measure, observed } from './observed.ts'
import { objectCreated } from './s3-event.ts'
import { service } from './service.ts'

const batch = z.object({ Records: z.array(z.looseObject({ messageId: z.string(), body: z.string() })).min(1) })
const oneHour = z.strictObject({ dataset: z.string(), date: z.string(), hour: z.string() })

/** Converts the hours that objects have arrived for, or the one that a state machine names. */
export const handler = observed(async (event, signal, context) => {
  const arrived = batch.safeParse(event)
  if (arrived.success) {
    const options = { context, processInParallel: false, throwOnFullBatchFailure: false }
    const processor = new BatchProcessor(EventType.SQS)
    return processPartialResponse(
      arrived.data,
      (record: SQSRecord) => convertArrived(record, signal),
      processor,
      options,
    )
  }
  const { dataset: name, date, hour } = oneHour.parse(event)
  const dataset = datasetNamed(service, name)
  const prepared = await prepareHour({ dataset, ...service.openStores(dataset), date, hour, signal })
  return { hour, ...hourAccount(name, prepared) }
})

async function convertArrived({ body }: SQSRecord, signal: AbortSignal): Promise<void> {
  const { bucket, object } = objectCreated.parse(JSON.parse(body)).detail
  const places = archiveHours(service.datasets.values(), bucket.name, object.key)
  if (places.length === 0) measure('none', { KeysIgnored: 1 })
  for (const place of places) {
    const { etag, size: bytes, sequencer } = object
    const outcome = await arrive(service, place, { etag, bytes, sequencer }, signal)
    const told = outcome.kind === 'older' ? {} : hourAccount(place.dataset.name, outcome)
    logger.info(`an object has arrived: ${outcome.kind}`, { key: place.key, ...told })
  }
}
