import * as z from 'zod'
import type { DeployedFunction } from './functions.ts'
import type { InvocationResult } from './lambdas.ts'
import { isGranted } from './policy.ts'
import type { Stacks } from './template.ts'

const invokeConfig = z.object({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: z.int(),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
})

/** What becomes of a call that failed for good. */
export interface FailedCall {
  readonly queueArn: string
  readonly body: string
}

/**
 * Calls a function as nobody does who waits for the answer: what fails is tried again, at once, as often as the function's
 * configuration says, or twice; then it goes to where that says.
 * Source: AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
 */
export async function invokeLater(
  stacks: Stacks,
  lambda: DeployedFunction,
  input: unknown,
  onFailed: (failed: FailedCall) => void,
): Promise<InvocationResult> {
  const config = stacks
    .ofType('AWS::Lambda::EventInvokeConfig')
    .map(({ properties }) => invokeConfig.parse(properties))
    .find(({ FunctionName }) => lambda.arn.endsWith(`:${FunctionName}`))
  let result = await lambda.invoke(input)
  for (let left = config?.MaximumRetryAttempts ?? 2; left > 0 && result.kind === 'failed'; left--) {
    result = await lambda.invoke(input)
  }
  if (result.kind === 'answered' || config === undefined) return result
  const queueArn = config.DestinationConfig.OnFailure.Destination
  if (!isGranted(lambda.statements, { action: 'sqs:SendMessage', resource: queueArn, keys: {} }))
    throw new Error(`${lambda.name} may not send to ${queueArn}`)
  onFailed({ queueArn, body: JSON.stringify({ requestPayload: input, responsePayload: JSON.parse(result.cause) }) })
  return result
}
