import * as z from 'zod'
import { prepareHour } from '../lib/seal/prepare-hour.ts'
import { datasetNamed } from '../lib/service/service.ts'
import { batch, convertArrived } from './arrived.ts'
import { hourAccount } from './hour-account.ts'
import { observed } from './observed.ts'
import { service } from './service.ts'

const oneHour = z.strictObject({ dataset: z.string(), date: z.string(), hour: z.string() })

/** Converts the hours that objects have arrived for, or the one that a state machine names. */
export const handler = observed(async (event, signal, context) => {
  const arrived = batch.safeParse(event)
  if (arrived.success) return convertArrived(arrived.data, signal, context)
  const { dataset: name, date, hour } = oneHour.parse(event)
  const dataset = datasetNamed(service, name)
  const prepared = await prepareHour({ dataset, ...service.openStores(dataset), date, hour, signal })
  return { hour, ...hourAccount(name, prepared) }
})
