import { DaysealError } from '../errors.ts'
import { checkKey } from './key.ts'
import { connectS3, type S3Connection } from './s3-client.ts'
import { refusalOf, s3Fault, s3FaultsAs } from './s3-fault.ts'
import { formatS3Location, parseS3Location } from './s3-location.ts'
import type { S3Settings } from './s3-settings.ts'

/** A bucket and a prefix in it, and what is needed to work there. */
export interface S3Place {
  /** `s3://bucket/prefix`, for messages. */
  readonly location: string
  readonly bucket: string
  /** Empty, or ends with a slash. */
  readonly prefix: string
  readonly connect: () => Promise<S3Connection>
  /** Throws when the bucket is certainly not there. Asks until it is. */
  readonly checkBucket: () => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Throws `usage` for what is no location. Nothing is asked of the network yet. */
export function s3Place(location: string, settings: S3Settings, now: () => number): S3Place {
  const parsed = parseS3Location(location)
  const connect = () => connectS3(settings)
  const found = new Set<string>()
  const checkBucket = async () => {
    if (found.has(parsed.bucket)) return
    await findBucket(parsed.bucket, connect)
    found.add(parsed.bucket)
  }
  return { ...parsed, location: formatS3Location(parsed), connect, checkBucket, now }
}

/** Bucket and key as requests name them. Throws `usage` for a key that cannot be one. */
export function objectAt({ bucket, prefix }: S3Place, key: string): { readonly Bucket: string; readonly Key: string } {
  checkKey(key)
  return { Bucket: bucket, Key: `${prefix}${key}` }
}

/** Runs requests; what they throw becomes `storage` errors that say what `failed`. */
export function ask<T>(place: S3Place, failed: string, act: (connection: S3Connection) => Promise<T>): Promise<T> {
  return s3FaultsAs(failed, async () => act(await place.connect()))
}

/** An etag as listings, answers and events have it in common: without the quotes. */
export function bareEtag(place: S3Place, key: string, etag: string | undefined): string {
  const bare = etag?.replace(/^"(.*)"$/s, '$1')
  if (bare !== undefined && bare !== '') return bare
  throw new DaysealError('storage', `${key} in ${place.location} has no ETag`, {
    hint: 'Dayseal tells by it whether an object changed: choose another store',
  })
}

export function quoted(etag: string): string {
  return `"${etag}"`
}

/** Whole seconds: listings may have milliseconds, headers have none. */
export function modifiedAt(date: Date | undefined): number {
  return Math.floor((date?.getTime() ?? 0) / 1000) * 1000
}

async function findBucket(bucket: string, connect: () => Promise<S3Connection>): Promise<void> {
  const failed = `the bucket ${bucket} cannot be used`
  try {
    const { sdk, client } = await connect()
    await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }))
  } catch (error) {
    const status = refusalOf(error)?.status
    if (status === 404) {
      throw new DaysealError('storage', `there is no bucket ${bucket}`, { hint: 'create it, or correct its name' })
    }
    // Who may not look at the bucket cannot be told that it is missing.
    if (status !== 403) throw s3Fault(failed, error)
  }
}
