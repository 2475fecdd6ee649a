import { DaysealError, type ErrorFacts } from '../../lib/errors.ts'
import { credentialFacts, describeSdkError, type SdkError, sdkErrorOf, withoutSignature } from '../../lib/sdk-error.ts'

const DENIED = [
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]
const THROTTLED = ['Throttling', 'ThrottlingException', 'TooManyRequestsException', 'ExecutionLimitExceeded']

/**
 * Runs requests to AWS; what the SDK throws becomes `storage` errors that say what `failed`, anything else passes. An
 * abort is thrown as the signal's reason.
 */
export async function awsFaultsAs<T>(
  failed: string,
  signal: AbortSignal | undefined,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    signal?.throwIfAborted()
    throw awsFault(failed, error)
  }
}

/** The code of an error that AWS answered with: `ValidationError` …; undefined for anything else. */
export function awsCodeOf(error: unknown): { readonly code: string; readonly message: string } | undefined {
  const thrown = sdkErrorOf(error)
  return thrown?.status === undefined ? undefined : thrown
}

function awsFault(failed: string, error: unknown): unknown {
  const thrown = sdkErrorOf(error)
  if (thrown === undefined) return error
  const fault = withoutSignature(thrown)
  const facts = credentialFacts(fault) ?? factsOf(fault)
  return new DaysealError('storage', failed, { seen: describeSdkError(fault), ...facts, cause: fault.cause })
}

function factsOf({ code, status }: SdkError): Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'> {
  if (DENIED.includes(code) || status === 401 || status === 403) {
    return { hint: 'check the credentials, and what they may do: docs/deploy.md has the list', reason: 'denied' }
  }
  if (THROTTLED.includes(code) || status === 429) return { hint: 'run again later', reason: 'throttled' }
  if (status === undefined || status >= 500) return { hint: 'run again when AWS can be reached', reason: 'unavailable' }
  return {}
}
