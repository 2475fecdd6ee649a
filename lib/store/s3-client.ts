import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { DaysealError } from '../errors.ts'
import type { S3Settings } from './s3-settings.ts'

export interface S3Connection {
  readonly sdk: typeof import('./s3-sdk.ts')
  /** Tries once: what is tried again, and for how long, is decided by those who ask (see `startTries`). */
  readonly client: S3Client
  readonly contact: S3Contact
}

/** Whether the endpoint has ever answered, be it with an error. */
export interface S3Contact {
  readonly hasAnswered: boolean
}

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
  return { sdk, client, contact: watchContact(client) }
}

function watchContact(client: S3Client): S3Contact {
  const contact = { hasAnswered: false }
  client.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request)
      contact.hasAnswered = true
      return answer
    },
    // Next to the network: errors that were answered are not thrown yet.
    { step: 'deserialize', priority: 'low' },
  )
  return contact
}

function configOf({ endpoint, profile, pathStyle }: S3Settings): S3ClientConfig {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
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
