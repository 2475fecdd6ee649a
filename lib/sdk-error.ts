import * as z from 'zod'
import { DaysealError, type ErrorFacts } from './errors.ts'

/*
 * What the AWS SDK throws, for those who turn it into errors of Dayseal's. Nothing here imports the SDK.
 */

/** What the SDK throws, as far as it is looked at. */
const thrown = z.object({
  name: z.string(),
  message: z.string().catch(''),
  stack: z.string().optional(),
  /** Of the operating system, or of Node. */
  code: z.string().optional().catch(undefined),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional().catch(undefined),
})

/** A request that came to nothing. */
export interface SdkError {
  /** The service's code, `AccessDenied` …; where nothing answered the system's, `ECONNREFUSED` …. */
  readonly code: string
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  readonly message: string
  /** For `cause`: some answers repeat the session token or what was signed, and loggers print every property. It has none. */
  readonly cause: Error
}

/** Credentials that cannot be found or refreshed. */
export const CREDENTIALS: readonly string[] = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError']
/** Errors of the SDK without a code or a status. */
const SDK_ERRORS: readonly string[] = [...CREDENTIALS, 'TimeoutError']
/** Their messages repeat what was signed, the session token included. */
const SIGNATURE: readonly string[] = [
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'SignatureDoesNotMatch',
]

/** Undefined for an error that has nothing to do with a request: a bug, or one of Dayseal's own. */
export function sdkErrorOf(error: unknown): SdkError | undefined {
  const { data } = thrown.safeParse(error)
  // The reason of an `AbortSignal.timeout` has the name of an error of the SDK.
  if (data === undefined || error instanceof DaysealError || error instanceof DOMException) return undefined
  const { name, message, stack } = data
  const status = data.$metadata?.httpStatusCode
  if (status === undefined && data.code === undefined && !SDK_ERRORS.includes(name)) return undefined
  const code = status === undefined ? (data.code ?? name) : name
  return { code, status, message, cause: plainError(name, message, stack) }
}

/** The same without a message that repeats what was signed: DynamoDB's and those of the other JSON and query services. */
export function withoutSignature(error: SdkError): SdkError {
  if (!SIGNATURE.includes(error.code)) return error
  return { ...error, message: '', cause: plainError(error.code, error.code, undefined) }
}

/** `AccessDenied: …`, or the code alone where there is no message. */
export function describeSdkError({ code, message }: SdkError): string {
  return message === '' ? code : `${code}: ${message}`
}

/** What to do about credentials or a signature that are wrong in themselves; undefined for anything else. */
export function credentialFacts({ code }: SdkError): Pick<ErrorFacts, 'hint' | 'wanted' | 'reason'> | undefined {
  if (CREDENTIALS.includes(code)) {
    const hint = 'set AWS_PROFILE or the AWS_ variables, or run `aws sso login`'
    return { wanted: 'credentials that can be used', hint, reason: 'denied' }
  }
  if (SIGNATURE.includes(code)) return { hint: 'check the secret key, and the clock of this machine', reason: 'denied' }
  return undefined
}

function plainError(name: string, message: string, stack: string | undefined): Error {
  const plain = new Error(message)
  plain.name = name
  if (stack !== undefined) plain.stack = stack
  return plain
}
