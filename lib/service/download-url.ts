import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { type Destination, destinationOf } from '../export/destination.ts'
import { checkKey } from '../store/key.ts'
import { objectMissing } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import { presignedUrl } from '../store/s3-presign.ts'
import type { S3Settings } from '../store/s3-settings.ts'
import { datasetNamed, type Service } from './service.ts'

export interface DownloadRequest {
  readonly dataset: string
  /** Of an exported file, as announcements and records name it. Comes from outside. */
  readonly key: string
  readonly expiresSeconds: number
}

export interface Download {
  readonly url: string
  readonly bytes: number
  readonly expires_seconds: number
}

/**
 * A URL by which anybody can read one exported file for a while: one below `exports/` of the dataset's output, or in the
 * folder of an export with a `to` of its own, and nothing else that the dataset has.
 * @throws DaysealError `usage` for any other key, `storage` for an object that is not there
 */
export async function downloadUrl(service: Service, request: DownloadRequest): Promise<Download> {
  const { key, expiresSeconds } = request
  const dataset = datasetNamed(service, request.dataset)
  checkKey(key)
  const places = placesOf(dataset)
  const named = places.filter(({ folder }) => key.startsWith(folder))
  for (const { destination, s3 } of named) {
    const info = await destination.head(key)
    if (info === undefined) continue
    const url = await presignedUrl(destination.location, s3, key, expiresSeconds)
    return { url, bytes: info.size, expires_seconds: expiresSeconds }
  }
  if (named[0] !== undefined) throw objectMissing(named[0].destination.location, key)
  throw new DaysealError('usage', `${JSON.stringify(key)} is no file that ${dataset.name} exports`, {
    wanted: `a key in ${places.map(({ folder }) => folder).join(', ')}`,
  })
}

interface Place extends Destination {
  readonly s3: S3Settings
}

function placesOf(dataset: Dataset): readonly Place[] {
  const { s3 } = dataset
  const own = { destination: openStore(dataset.out, { s3 }), folder: 'exports/', s3 }
  const others = dataset.exports.filter(({ to }) => to !== undefined)
  return [own, ...others.map((settings) => ({ ...destinationOf({ dataset, settings }), s3: settings.toS3 ?? s3 }))]
}
