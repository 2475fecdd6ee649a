import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { DaysealError } from '../errors.ts'
import type { S3Settings } from './s3-settings.ts'

export interface S3Connection {
  readonly sdk: typeof import('./s3-sdk.ts')
  /** Tries again by itself, with growing pauses and jitter. */
  readonly client: S3Client
  /** Tries once, for requests of which a second try could not be told from somebody else's. */
  readonly once: S3Client
}

const TRIES = 5
const TIMEOUTS = {
  connectionTimeout: 5_000,
  /** Without a byte in either direction, milliseconds. */
  socketTimeout: 60_000,
}

const connections = new Map<string, Promise<S3Connection>>()

/**
 * The connection with these settings. One per thread, because it holds what is costly to make: sockets, and credentials
 * that were asked for. The SDK is loaded here, so that nobody else waits for it.
 */
export function connectS3(settings: S3Settings): Promise<S3Connection> {
  const { endpoint, region, profile, pathStyle } = settings
  const name = JSON.stringify([endpoint, region, profile, pathStyle])
  const known = connections.get(name)
  if (known !== undefined) return known
  const connecting = connect(settings)
  connections.set(name, connecting)
  connecting.catch(() => connections.delete(name))
  return connecting
}

async function connect(settings: S3Settings): Promise<S3Connection> {
  const sdk = await import('./s3-sdk.ts')
  const config = configOf(settings)
  const region = settings.region ?? (await regionOf(new sdk.S3Client(config), settings))
  const client = new sdk.S3Client({ ...config, region })
  const { credentials } = client.config
  const once = new sdk.S3Client({ ...config, region, credentials, maxAttempts: 1 })
  return { sdk, client, once }
}

function configOf({ endpoint, profile, pathStyle }: S3Settings): S3ClientConfig {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    maxAttempts: TRIES,
    retryMode: 'standard',
    requestHandler: TIMEOUTS,
    // Checksums are asked for where they are wanted: of bodies that are written. What is read is hashed by its readers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would take a new socket for every part.
    expectContinueHeader: false,
  }
}

/** The region of the environment or the profile. */
async function regionOf(client: S3Client, { endpoint }: S3Settings): Promise<string> {
  try {
    return await client.config.region()
  } catch (cause) {
    if (endpoint !== undefined) return 'us-east-1'
    throw new DaysealError('usage', 'the region of the bucket is not known', {
      wanted: 's3.region in the configuration, AWS_REGION, or a region in the profile',
      hint: 'for an S3-compatible store give its endpoint',
      cause,
    })
  }
}
