import { DaysealError, type ErrorCode } from '../../lib/errors.ts'
import { messageInCause } from '../../lib/service/failure-cause.ts'

/** What functions and state machines call their errors (functions/observed.ts, infra/state-machines/), by who has to act. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  'Dayseal.usage': 'usage',
  'Dayseal.guard': 'guard',
  'Dayseal.incomplete': 'guard',
  'Dayseal.source': 'source',
  'Dayseal.storage': 'storage',
  'Dayseal.conflict': 'conflict',
  'Dayseal.corrupt': 'corrupt',
  'Dayseal.verification': 'corrupt',
  'Dayseal.internal': 'internal',
}

/**
 * A failure of the deployed system as the error to throw for it here. What Dayseal's own errors say is passed on; anything
 * else (a function that ran out of time, an execution that was stopped) is `storage`: another run may mend it.
 */
export function remoteFailure(failed: string, error: string, cause: string): DaysealError {
  const message = messageInCause(cause)
  const code = CODES[error]
  if (code !== undefined) return new DaysealError(code, `${failed}: ${message === '' ? error : message}`)
  return new DaysealError('storage', failed, {
    seen: message === '' ? error : `${error}: ${message}`,
    hint: 'look at the execution and the logs of its functions, then run again',
  })
}
