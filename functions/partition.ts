import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import * as z from 'zod'
import { archiveUploads } from '../lib/service/archive-objects.ts'
import { eachInTurn } from '../lib/service/each-in-turn.ts'
import { type ArrivedUploadOutcome, partitionArrived } from '../lib/service/partition-arrived.ts'
import { partitionInFlight } from '../lib/service/partition-in-flight.ts'
import { batch, type CreatedObject, eachObject } from './arrived-objects.ts'
import { logger, measure, observed } from './observed.ts'
import { service } from './service.ts'
import { uploadAccount } from './upload-account.ts'

const hourly = z.strictObject({ dataset: z.string(), scheduledTime: z.iso.datetime() })

/** Partitions the uploads that have arrived, or by schedule those of a dataset that are still in flight. */
export const handler = observed(async (event, signal, context) => {
  const arrived = batch.safeParse(event)
  if (arrived.success) return eachObject(arrived.data, context, (created) => partitionCreated(created, signal))
  const { dataset, scheduledTime } = hourly.parse(event)
  const onPartitioned = (key: string, outcome: ArrivedUploadOutcome) => tell(dataset, key, outcome)
  const scheduled = new Date(scheduledTime)
  return partitionInFlight(service, { dataset, scheduled, onPartitioned, ...optionsOf(signal) })
})

async function partitionCreated({ bucket, object }: CreatedObject, signal: AbortSignal): Promise<void> {
  const uploads = archiveUploads(service.datasets.values(), bucket.name, object.key)
  if (uploads.length === 0) measure('none', { KeysIgnored: 1 })
  await eachInTurn(uploads, signal, async (upload) => {
    tell(upload.dataset.name, upload.key, await partitionArrived(service, upload, optionsOf(signal)))
  })
}

const optionsOf = (signal: AbortSignal) => ({ newId: randomUUID, scratch: tmpdir(), signal })

function tell(dataset: string, key: string, outcome: ArrivedUploadOutcome): void {
  logger.info(`an upload has arrived: ${outcome.kind}`, { key, ...uploadAccount(dataset, outcome) })
}
