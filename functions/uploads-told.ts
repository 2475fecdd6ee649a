import * as z from 'zod'
import { withUploads } from '../lib/intake/slice-settings.ts'
import { type ArrivedUpload, archiveUploads } from '../lib/service/archive-objects.ts'
import { datasetNamed, type Service } from '../lib/service/service.ts'
import { objectCreated } from './s3-event.ts'

/** What `announceInFlight` tells, as EventBridge delivers it. */
const inFlight = z.object({
  source: z.literal('dayseal'),
  'detail-type': z.literal('Upload In Flight'),
  detail: z.object({ dataset: z.string(), key: z.string() }),
})

/** The uploads that an event is about: of S3, a new object; of our own bus, one that is in flight. */
export function uploadsTold(event: unknown, service: Service): readonly ArrivedUpload[] {
  const told = inFlight.safeParse(event)
  if (told.success) {
    const { dataset, key } = told.data.detail
    return [{ dataset: withUploads(datasetNamed(service, dataset)), key }]
  }
  const { bucket, object } = objectCreated.parse(event).detail
  return archiveUploads(service.datasets.values(), bucket.name, object.key)
}
