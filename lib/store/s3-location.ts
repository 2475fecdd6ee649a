import { DaysealError } from '../errors.ts'
import { checkKey } from './key.ts'

/** `s3://bucket/some/folder`, taken apart: the prefix is empty or ends with a slash. */
export interface S3Location {
  readonly bucket: string
  readonly prefix: string
}

/** Names that every S3 takes (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Reads `s3://bucket` or `s3://bucket/some/folder`, with or without a slash at the end. Throws `usage`. */
export function parseS3Location(location: string): S3Location {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(location) ?? []
  if (!BUCKET.test(bucket)) {
    throw new DaysealError('usage', `${JSON.stringify(location)} names no bucket`, {
      seen: JSON.stringify(bucket),
      wanted: 's3://bucket/prefix, the bucket of 3 to 63 small letters, digits, dots and hyphens',
    })
  }
  const folder = path.replace(/\/$/, '')
  if (folder === '' && path === '') return { bucket, prefix: '' }
  checkKey(folder)
  return { bucket, prefix: `${folder}/` }
}

export function formatS3Location({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}`
}
