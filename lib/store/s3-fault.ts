import * as z from 'zod'
import { DaysealError, type ErrorFacts } from '../errors.ts'
import { CREDENTIALS, type SdkError, sdkErrorOf } from '../sdk-error.ts'

/** Where a refusal names the bucket's region: in its headers, or as the one that a signature should have named. */
const regional = z.object({
  Region: z.string().optional().catch(undefined),
  $response: z
    .object({ headers: z.record(z.string(), z.string()) })
    .optional()
    .catch(undefined),
})

/** Why a request to S3 came to nothing: `NoSuchKey`, `SlowDown` …, or of the network: `ECONNREFUSED`. */
export interface S3Refusal extends SdkError {
  /** The bucket's region, where the answer names it. */
  readonly region: string | undefined
}

/** Undefined for an error that has nothing to do with a request: a bug. */
export function refusalOf(error: unknown): S3Refusal | undefined {
  const refusal = sdkErrorOf(error)
  if (refusal === undefined) return undefined
  const { $response, Region } = regional.parse(error)
  return { ...refusal, region: $response?.headers['x-amz-bucket-region'] ?? Region }
}

/** There was no connection, so that nothing was sent. */
const UNSENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

export function isUnsent({ status, code }: S3Refusal): boolean {
  return status === undefined && UNSENT.includes(code)
}

/** Faults of a server that refuses: HTTP Version Not Supported, Insufficient Storage. */
const REFUSING = [505, 507]

/** Whether it is unknown if the request was carried out: there was no answer, or one of a server in trouble. */
export function isOutcomeUnknown(refusal: S3Refusal): boolean {
  const { status, code } = refusal
  if (CREDENTIALS.includes(code) || isUnsent(refusal) || isNotImplemented(refusal)) return false
  return status === undefined || (status >= 500 && !REFUSING.includes(status))
}

/** Whether the store does not know what it was asked for. */
export function isNotImplemented({ status, code }: Pick<S3Refusal, 'status' | 'code'>): boolean {
  return status === 501 || code === 'NotImplemented'
}

/** Of the network, where nothing says that it will stay so: a certificate does. */
const BROKEN = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'TimeoutError',
]
/** Another write of the key is under way, or a body was waited for in vain. */
const PASSING = ['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout']

/** Whether the same request may succeed later, without anybody's doing. */
export function mayPass({ status, code }: Pick<S3Refusal, 'status' | 'code'>): boolean {
  if (status === undefined) return BROKEN.includes(code)
  if (THROTTLED.includes(code) || PASSING.includes(code) || status === 408 || status === 429) return true
  return status >= 500 && !REFUSING.includes(status) && !isNotImplemented({ status, code })
}

/** An error of the SDK as the `storage` error to throw for it; anything else as it is. */
export function s3Fault(failed: string, error: unknown): unknown {
  const refusal = refusalOf(error)
  if (refusal === undefined) return error
  return new DaysealError('storage', failed, {
    seen: describeRefusal(refusal),
    ...factsOf(refusal),
    cause: refusal.cause,
  })
}

export function describeRefusal({ code, status, message }: S3Refusal): string {
  return [status, code, message].filter((part) => part !== undefined && part !== '').join(' ')
}

/** Runs `act`; what the SDK throws becomes `storage` errors that say what `failed`. */
export async function s3FaultsAs<T>(failed: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw s3Fault(failed, error)
  }
}

const DENIED = ['AccessDenied', 'ExpiredToken', 'InvalidToken', 'InvalidAccessKeyId', 'SignatureDoesNotMatch']
const THROTTLED = ['SlowDown', 'ServiceUnavailable', 'Throttling', 'ThrottlingException', 'TooManyRequestsException']

type Facts = Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'>

function factsOf({ code, status, region }: S3Refusal): Facts {
  if (CREDENTIALS.includes(code)) {
    const hint = 'set AWS_PROFILE or the AWS_ variables, name a profile in the configuration, or run `aws sso login`'
    return { wanted: 'credentials that can be used', hint, reason: 'denied' }
  }
  if (status === 301 || region !== undefined) return { hint: otherRegion(region) }
  if (code === 'NoSuchBucket') return { hint: 'create the bucket, or correct its name' }
  if (code === 'InvalidObjectState') return { hint: 'restore it from its archive storage class first' }
  if (code === 'RequestTimeTooSkewed') return { hint: 'set the clock of this machine', reason: 'denied' }
  if (DENIED.includes(code) || status === 401 || status === 403) return { hint: deniedHint(code), reason: 'denied' }
  if (THROTTLED.includes(code) || status === 503 || status === 429) {
    return { hint: 'the store asks for fewer requests: run again later', reason: 'throttled' }
  }
  if (isNotImplemented({ status, code }))
    return { hint: 'this S3-compatible store does not have what Dayseal needs there' }
  if (status === undefined) return { hint: networkHint(code), reason: 'unavailable' }
  return status >= 500 ? { hint: 'the store is in trouble: run again later', reason: 'unavailable' } : {}
}

function otherRegion(region: string | undefined): string {
  const set = region === undefined ? 'set s3.region' : `set s3.region to ${region}`
  return `the bucket is in another region: ${set} in the configuration, or AWS_REGION`
}

function deniedHint(code: string): string {
  if (code === 'ExpiredToken' || code === 'InvalidToken') return 'get new credentials: these are no longer good'
  if (code === 'InvalidAccessKeyId' || code === 'SignatureDoesNotMatch')
    return 'these credentials are not of this store'
  // Without s3:ListBucket, S3 says 403 where it would say 404.
  return 'its policy has to allow this, and s3:ListBucket, without which S3 does not say that an object is missing'
}

function networkHint(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'the name of the endpoint is not known: correct it or the region'
  if (code === 'ECONNREFUSED') return 'nothing listens at the endpoint: start it, or correct its address'
  if (/CERT|SELF_SIGNED|TLS|SSL|EPROTO/.test(code)) return 'the endpoint shows no certificate that can be trusted'
  return 'the connection failed: run again'
}
