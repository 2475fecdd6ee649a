import { DaysealError } from '../errors.ts'

/** Codes of AWS, by who has to act. DynamoDB Developer Guide, "Error handling with DynamoDB". */
const THROTTLED: readonly string[] = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]
const DENIED: readonly string[] = [
  'AccessDeniedException',
  'AccessDenied',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'MissingAuthenticationToken',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidClientTokenId',
  'CredentialsProviderError',
  'TokenProviderError',
]
const NO_TABLE: readonly string[] = ['ResourceNotFoundException', 'TableNotFoundException']

/** What DynamoDB's refusal, or the lack of its answer, means. `writing`: whether the call was to change something. */
export function dynamoFault(failed: string, error: unknown, writing: boolean): DaysealError {
  const seen = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const facts = { seen, cause: error }
  const name = error instanceof Error ? error.name : ''
  const status = statusOf(error)
  if (THROTTLED.includes(name)) {
    const hint = 'run again later, or give the table more throughput'
    return new DaysealError('storage', failed, { ...facts, reason: 'throttled', hint })
  }
  if (DENIED.includes(name)) {
    const hint = 'check the credentials, and what they may do with the table'
    return new DaysealError('storage', failed, { ...facts, reason: 'denied', hint })
  }
  if (NO_TABLE.includes(name)) {
    const hint = "deploy the storage stack, or correct the table's name or region"
    return new DaysealError('storage', failed, { ...facts, hint })
  }
  if (name === 'ValidationException') {
    const hint = 'the table must have the string keys pk and sk, and an item at most 400 KB'
    return new DaysealError('storage', failed, { ...facts, hint })
  }
  if (status !== undefined && status < 500) return new DaysealError('storage', failed, facts)
  const hint = 'run again when DynamoDB can be reached'
  return new DaysealError('storage', failed, { ...facts, hint, ...(writing ? { reason: 'outcome-unknown' } : {}) })
}

/** The HTTP status that the SDK noted on its error; undefined when there was no answer. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && '$metadata' in error)) return undefined
  const metadata = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}
