import * as z from 'zod'
import { DaysealError } from '../../lib/errors.ts'
import type { VerifiedDay } from '../../lib/service/verify-days.ts'
import { awsFaultsAs } from './aws-fault.ts'
import type { DeployedSystem } from './deployed-system.ts'
import { remoteFailure } from './remote-failure.ts'

export interface RemoteVerification {
  readonly dataset: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** Compare with the archive too. */
  readonly source: boolean
  readonly signal: AbortSignal
}

const checks = z.array(z.string())
/** What the function answers with, asked for one day (`verifyDays` of lib/service/). */
const answer = z.object({
  days: z.tuple([
    z.object({
      date: z.string(),
      generation: z.int().nullable(),
      result: z.enum(['passed', 'warned', 'failed']),
      failed_checks: checks,
      warned_checks: checks,
    }),
  ]),
})

const thrown = z.object({
  errorType: z.string().default('an error without a name'),
  errorMessage: z.string().default(''),
})

/** Has the deployed function verify one day, which may take it 15 minutes; needs lambda:InvokeFunction. */
export async function verifyRemotely(
  { sdk, functions, verifyFunction }: DeployedSystem,
  { dataset, date, source, signal }: RemoteVerification,
): Promise<VerifiedDay> {
  const failed = 'the deployed system could not verify the day'
  const input = { FunctionName: verifyFunction, Payload: JSON.stringify({ dataset, date, source }) }
  const { Payload, FunctionError } = await awsFaultsAs(failed, signal, () =>
    functions.send(new sdk.InvokeCommand(input), { abortSignal: signal }),
  )
  const payload = parsed(Payload?.transformToString() ?? '')
  if (FunctionError !== undefined) {
    const { errorType, errorMessage } = thrown.catch({ errorType: FunctionError, errorMessage: '' }).parse(payload)
    throw remoteFailure(failed, errorType, errorMessage)
  }
  const { data, error: cause } = answer.safeParse(payload)
  if (data !== undefined) return data.days[0]
  throw new DaysealError('storage', failed, {
    seen: 'an answer that is no verdict',
    wanted: 'the function of this version of Dayseal',
    hint: 'deploy it again',
    cause,
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
