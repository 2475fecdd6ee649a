import * as z from 'zod'

/** What a state machine says of a failure, as text: Lambda's cause is JSON with the error's message, a state's own is text. */
export function messageInCause(cause: string): string {
  try {
    return z.object({ errorMessage: z.string() }).parse(JSON.parse(cause)).errorMessage
  } catch {
    return cause
  }
}
