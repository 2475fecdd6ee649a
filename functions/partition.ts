import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import * as z from 'zod'
import { announceInFlight } from '../lib/service/announce-in-flight.ts'
import { eachInTurn } from '../lib/service/each-in-turn.ts'
import { partitionArrived } from '../lib/service/partition-arrived.ts'
import { batch, eachMessage } from './messages.ts'
import { logger, observed } from './observed.ts'
import { service } from './service.ts'
import { uploadAccount } from './upload-account.ts'
import { uploadsTold } from './uploads-told.ts'

const scheduled = z.strictObject({ dataset: z.string(), scheduledTime: z.iso.datetime() })

/** Partitions the uploads that messages tell of, or by schedule tells of those of a dataset that are in flight. */
export const handler = observed(async (event, signal, context) => {
  const messages = batch.safeParse(event)
  if (messages.success) return eachMessage(messages.data, context, (body) => partitionTold(body, signal))
  const { dataset, scheduledTime } = scheduled.parse(event)
  const in_flight = await announceInFlight(service, { dataset, scheduled: new Date(scheduledTime), signal })
  return { dataset, in_flight }
})

async function partitionTold(body: unknown, signal: AbortSignal): Promise<void> {
  await eachInTurn(uploadsTold(body, service), signal, async (upload) => {
    const outcome = await partitionArrived(service, upload, { newId: randomUUID, scratch: tmpdir(), signal })
    const account = uploadAccount(upload.dataset.name, outcome)
    logger.info(`an upload has arrived: ${outcome.kind}`, { key: upload.key, ...account })
  })
}
