import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ask, objectAt, s3Place } from './s3-place.ts'
import type { S3Settings } from './s3-settings.ts'

/** The longest that a signature holds (docs.aws.amazon.com/AmazonS3, "Download and upload objects with presigned URLs"). */
export const MOST_SIGNED_SECONDS = 7 * 86_400

/**
 * A URL by which anybody can read an object for `seconds` (1 to 604,800), or until the credentials that sign it end. It is
 * not asked whether the object is there. Throws `usage` for what is no bucket, and no key.
 */
export function presignedUrl(location: string, settings: S3Settings, key: string, seconds: number): Promise<string> {
  const place = s3Place(location, settings)
  const at = objectAt(place, key)
  return ask(place, `a URL of ${key} in ${place.location} cannot be signed`, ({ sdk, client }) =>
    getSignedUrl(client, new sdk.GetObjectCommand(at), { expiresIn: seconds }),
  )
}
