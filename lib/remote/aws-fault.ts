import * as z from 'zod'
import { DaysealError, type ErrorFacts } from '../errors.ts'

/** What the SDK throws, as far as it is looked at. */
const thrown = z.object({
  name: z.string(),
  message: z.string().catch(''),
  stack: z.string().optional(),
  /** Of the operating system, or of Node. */
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
})

type Thrown = z.infer<typeof thrown>

const CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError']
/** Their messages repeat what was signed, the session token included. */
const SIGNATURE = ['InvalidSignatureException', 'IncompleteSignatureException', 'SignatureDoesNotMatch']
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
  const { data } = thrown.safeParse(error)
  return data?.$metadata?.httpStatusCode === undefined ? undefined : { code: data.name, message: data.message }
}

function awsFault(failed: string, error: unknown): unknown {
  const { data } = thrown.safeParse(error)
  if (data === undefined || error instanceof DaysealError || !isOfSdk(data)) return error
  const code = codeOf(data)
  const seen = SIGNATURE.includes(code) || data.message === '' ? code : `${code}: ${data.message}`
  return new DaysealError('storage', failed, { seen, ...factsOf(data), cause: withoutDetails(data) })
}

function isOfSdk({ name, code, $metadata }: Thrown): boolean {
  return (
    $metadata?.httpStatusCode !== undefined || code !== undefined || [...CREDENTIALS, 'TimeoutError'].includes(name)
  )
}

/** The service's code, or where nothing answered the system's. */
function codeOf({ name, code, $metadata }: Thrown): string {
  return $metadata?.httpStatusCode === undefined ? (code ?? name) : name
}

function factsOf(error: Thrown): Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'> {
  const code = codeOf(error)
  const status = error.$metadata?.httpStatusCode
  if (CREDENTIALS.includes(code)) {
    const hint = 'set AWS_PROFILE or the AWS_ variables, or run `aws sso login`'
    return { wanted: 'credentials that can be used', hint, reason: 'denied' }
  }
  if (SIGNATURE.includes(code)) return { hint: 'check the secret key, and the clock of this machine', reason: 'denied' }
  if (DENIED.includes(code) || status === 401 || status === 403) {
    return { hint: 'check the credentials, and what they may do: docs/deploy.md has the list', reason: 'denied' }
  }
  if (THROTTLED.includes(code) || status === 429) return { hint: 'run again later', reason: 'throttled' }
  if (status === undefined || status >= 500) return { hint: 'run again when AWS can be reached', reason: 'unavailable' }
  return {}
}

/** Loggers print every property of a cause: it has none. */
function withoutDetails(error: Thrown): Error {
  const isSecret = SIGNATURE.includes(error.name)
  const cause = new Error(isSecret ? error.name : error.message)
  cause.name = error.name
  if (error.stack !== undefined && !isSecret) cause.stack = error.stack
  return cause
}
