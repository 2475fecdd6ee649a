import { DaysealError } from '../errors.ts'
import { checkKey } from './key.ts'
import { connectS3, type S3Connection } from './s3-client.ts'
import { refusalOf, s3Fault, s3FaultsAs } from './s3-fault.ts'
import { formatS3Location, parseS3Location } from './s3-location.ts'
import { RETRY_SECONDS, type RetryPolicy, sleep, startTries, type Tries } from './s3-retry.ts'
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
  readonly retries: RetryPolicy
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface S3PlaceOptions {
  /** Milliseconds since the epoch (default: the system's clock). */
  readonly now?: () => number
  /** In [0, 1), for the pauses between tries (default: `Math.random`). */
  readonly random?: () => number
  /** How to wait between tries (default: in real time). */
  readonly sleep?: RetryPolicy['sleep']
  /** Ends the waiting for another try. */
  readonly signal?: AbortSignal | undefined
}

/** Throws `usage` for what is no location. Nothing is asked of the network yet. */
export function s3Place(location: string, settings: S3Settings, options: S3PlaceOptions = {}): S3Place {
  const parsed = parseS3Location(location)
  const { now = Date.now, random = Math.random, signal } = options
  const seconds = settings.retrySeconds ?? RETRY_SECONDS
  const found = new Set<string>()
  const place: S3Place = {
    ...parsed,
    location: formatS3Location(parsed),
    connect: () => connectS3(settings),
    checkBucket: async () => {
      if (found.has(parsed.bucket)) return
      await findBucket(place)
      found.add(parsed.bucket)
    },
    retries: { seconds, now, random, sleep: options.sleep ?? sleep, signal },
    now,
  }
  return place
}

/** Bucket and key as requests name them. Throws `usage` for a key that cannot be one. */
export function objectAt({ bucket, prefix }: S3Place, key: string): { readonly Bucket: string; readonly Key: string } {
  checkKey(key)
  return { Bucket: bucket, Key: `${prefix}${key}` }
}

/** Runs a request that may be repeated; what it throws becomes `storage` errors that say what `failed`. */
export function ask<T>(place: S3Place, failed: string, act: (connection: S3Connection) => Promise<T>): Promise<T> {
  return s3FaultsAs(failed, () => send(place, act))
}

/** Runs a request that may be repeated, until it is answered, or its fault will not pass. `stop` ends the waiting. */
export async function send<T>(
  place: S3Place,
  act: (connection: S3Connection) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const connection = await place.connect()
  const tries = startTries(place.retries, connection.contact, stop)
  for (;;) {
    try {
      return await act(connection)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined || !(await tries.again(refusal))) throw error
    }
  }
}

/** The tries of what is more than a request. */
export async function triesAt(place: S3Place, stop?: AbortSignal): Promise<Tries> {
  return startTries(place.retries, (await place.connect()).contact, stop)
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

async function findBucket(place: S3Place): Promise<void> {
  const { bucket } = place
  const failed = `the bucket ${bucket} cannot be used`
  try {
    await send(place, ({ sdk, client }) => client.send(new sdk.HeadBucketCommand({ Bucket: bucket })))
  } catch (error) {
    const status = refusalOf(error)?.status
    if (status === 404) {
      throw new DaysealError('storage', `there is no bucket ${bucket}`, { hint: 'create it, or correct its name' })
    }
    // Who may not look at the bucket cannot be told that it is missing.
    if (status !== 403) throw s3Fault(failed, error)
  }
}
