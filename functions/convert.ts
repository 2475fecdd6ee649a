import * as z from 'zod'
import { prepareHour } from '../lib/seal/prepare-hour.ts'
import { archiveHours, isOfUploads } from '../lib/service/archive-objects.ts'
import { arriveInAll } from '../lib/service/arrive-in-all.ts'
import { datasetNamed } from '../lib/service/service.ts'
import { hourAccount } from './hour-account.ts'
import { batch, eachMessage } from './messages.ts'
import { logger, measure, observed } from './observed.ts'
import { objectCreated } from './s3-event.ts'
import { service } from './service.ts'

const oneHour = z.strictObject({ dataset: z.string(), date: z.string(), hour: z.string() })

/** Converts the hours that objects have arrived for, or the one that a state machine names. */
export const handler = observed(async (event, signal, context) => {
  const messages = batch.safeParse(event)
  if (messages.success) return eachMessage(messages.data, context, (body) => convertArrived(body, signal))
  const { dataset: name, date, hour } = oneHour.parse(event)
  const dataset = datasetNamed(service, name)
  const prepared = await prepareHour({ dataset, ...service.openStores(dataset), date, hour, signal })
  return { hour, ...hourAccount(name, prepared) }
})

async function convertArrived(body: unknown, signal: AbortSignal): Promise<void> {
  const { bucket, object } = objectCreated.parse(body).detail
  const { etag, size: bytes, sequencer } = object
  const datasets = [...service.datasets.values()]
  const places = archiveHours(datasets, bucket.name, object.key)
  if (places.length === 0 && !isOfUploads(datasets, bucket.name, object.key)) measure('none', { KeysIgnored: 1 })
  await arriveInAll(service, places, { etag, bytes, sequencer }, signal, ({ dataset, key }, outcome) => {
    const told = outcome.kind === 'older' ? {} : hourAccount(dataset.name, outcome)
    logger.info(`an object has arrived: ${outcome.kind}`, { key, ...told })
  })
}
