import { DaysealError } from '../errors.ts'
import type { ObjectInfo } from './object-store.ts'
import { refusalOf, s3Fault } from './s3-fault.ts'
import { bareEtag, modifiedAt, objectAt, type S3Place, send } from './s3-place.ts'

export interface S3Head {
  readonly info: ObjectInfo
  /** What was stored with the object under names of our own. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Undefined when there is no object. A missing bucket is an error. */
export async function headObject(place: S3Place, key: string): Promise<S3Head | undefined> {
  const at = objectAt(place, key)
  try {
    const answer = await send(place, ({ sdk, client }) => client.send(new sdk.HeadObjectCommand(at)))
    const { ContentLength, ETag, LastModified, Metadata = {} } = answer
    const info = { key, size: ContentLength ?? 0, etag: bareEtag(place, key, ETag), modified: modifiedAt(LastModified) }
    return { info, metadata: Metadata }
  } catch (error) {
    if (refusalOf(error)?.status !== 404) throw s3Fault(`cannot look at ${key} in ${place.location}`, error)
    // The answer to HEAD has no body, and does not say what is missing.
    await place.checkBucket()
    return undefined
  }
}

/**
 * The object that was just written, by its etag. When somebody has replaced it since, its time is that of the object there
 * is now.
 */
export async function infoOfWritten(place: S3Place, key: string, etag: string, size: number): Promise<ObjectInfo> {
  const now = (await headObject(place, key))?.info
  if (now?.etag !== etag) return { key, size, etag, modified: now?.modified ?? place.now() }
  if (now.size === size) return now
  throw new DaysealError('storage', `${key} in ${place.location} is not what was just written`, {
    seen: `${now.size} bytes`,
    wanted: `${size}`,
  })
}
