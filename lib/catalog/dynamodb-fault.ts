import * as z from 'zod'
import { DaysealError, type ErrorFacts } from '../errors.ts'

/** What the SDK throws, as far as it is looked at. */
const thrown = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  /** Of the operating system, or of Node. */
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
})

type Thrown = z.infer<typeof thrown>

/** DynamoDB's codes, by who has to act. Amazon DynamoDB Developer Guide, "Error handling with DynamoDB". */
const THROTTLED: readonly string[] = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
]
const CREDENTIALS: readonly string[] = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError']
/** Their messages repeat what was signed, the session token included. */
const SIGNATURE: readonly string[] = ['InvalidSignatureException', 'IncompleteSignatureException']
const DENIED: readonly string[] = [
  'AccessDeniedException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
  ...SIGNATURE,
]

/**
 * An error of the SDK as the `storage` error to throw for it; anything else, which is a bug, as it is. `writing`: whether
 * the call was to change something, so that without an answer its outcome is unknown.
 */
export function dynamoFault(failed: string, error: unknown, writing: boolean): unknown {
  const { data } = thrown.safeParse(error)
  if (data === undefined || error instanceof DaysealError || !isOfSdk(data)) return error
  const { message } = data
  const code = codeOf(data)
  const seen = SIGNATURE.includes(code) || message === '' ? code : `${code}: ${message}`
  return new DaysealError('storage', failed, { seen, ...factsOf(data, writing), cause: withoutDetails(data) })
}

function isOfSdk({ name, code, $metadata }: Thrown): boolean {
  return (
    $metadata?.httpStatusCode !== undefined || code !== undefined || [...CREDENTIALS, 'TimeoutError'].includes(name)
  )
}

/** DynamoDB's code, or where nothing answered the system's. */
function codeOf({ name, code, $metadata }: Thrown): string {
  return $metadata?.httpStatusCode === undefined ? (code ?? name) : name
}

function factsOf(error: Thrown, writing: boolean): Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'> {
  const code = codeOf(error)
  const status = error.$metadata?.httpStatusCode
  if (CREDENTIALS.includes(code)) {
    const hint = 'set AWS_PROFILE or the AWS_ variables, or run `aws sso login`'
    return { wanted: 'credentials that can be used', hint, reason: 'denied' }
  }
  if (SIGNATURE.includes(code)) return { hint: 'check the secret key, and the clock of this machine', reason: 'denied' }
  if (DENIED.includes(code)) {
    return { hint: 'check the credentials, and what they may do with the table', reason: 'denied' }
  }
  if (THROTTLED.includes(code)) {
    return { hint: 'run again later, or give the table more throughput', reason: 'throttled' }
  }
  if (code === 'ResourceNotFoundException') {
    return { hint: "deploy the storage stack, or correct the table's name, or the region" }
  }
  if (code === 'ValidationException') {
    return { wanted: 'a table with the string keys pk and sk, and items of at most 400 KB' }
  }
  if (status !== undefined && status < 500) return {}
  return { hint: 'run again when DynamoDB can be reached', reason: writing ? 'outcome-unknown' : 'unavailable' }
}

/** Loggers print every property of a cause: it has none. */
function withoutDetails(error: Thrown): Error {
  const isSecret = SIGNATURE.includes(error.name)
  const cause = new Error(isSecret ? error.name : error.message)
  cause.name = error.name
  if (error.stack !== undefined && !isSecret) cause.stack = error.stack
  return cause
}
