import { DaysealError, type ErrorFacts } from '../errors.ts'
import { credentialFacts, describeSdkError, type SdkError, sdkErrorOf, withoutSignature } from '../sdk-error.ts'

/** DynamoDB's codes, by who has to act. Amazon DynamoDB Developer Guide, "Error handling with DynamoDB". */
const THROTTLED: readonly string[] = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
]
const DENIED: readonly string[] = [
  'AccessDeniedException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]

/**
 * An error of the SDK as the `storage` error to throw for it; anything else, which is a bug, as it is. `writing`: whether
 * the call was to change something, so that without an answer its outcome is unknown.
 */
export function dynamoFault(failed: string, error: unknown, writing: boolean): unknown {
  const thrown = sdkErrorOf(error)
  if (thrown === undefined) return error
  const fault = withoutSignature(thrown)
  const facts = credentialFacts(fault) ?? factsOf(fault, writing)
  return new DaysealError('storage', failed, { seen: describeSdkError(fault), ...facts, cause: fault.cause })
}

function factsOf({ code, status }: SdkError, writing: boolean): Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'> {
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
