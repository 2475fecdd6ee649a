/*
 * What the state machines have in common. They are plain data in the Amazon States Language (JSONPath), with a `${Name}`
 * wherever a deployed ARN stands: the stack substitutes it, and a test or an interpreter can too.
 */

export type State = Readonly<Record<string, unknown>>

export interface Definition {
  readonly Comment: string
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
  readonly TimeoutSeconds?: number
}

/**
 * Faults that may be gone by themselves: the Lambda service's own (docs.aws.amazon.com/step-functions, "Best practices:
 * handle transient Lambda service exceptions"), storage that throttles or is away. What a source, the
 * configuration or a guard is wrong about stays wrong, and is not tried again.
 */
const TRANSIENT = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
    'Dayseal.storage',
  ],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  MaxAttempts: 5,
  JitterStrategy: 'FULL',
}

/** Every step can be repeated, so one that ran out of time gets one more chance: what it had committed is kept. */
const OUT_OF_TIME = {
  ErrorEquals: ['Dayseal.timeout', 'Sandbox.Timedout', 'States.Timeout'],
  IntervalSeconds: 10,
  MaxAttempts: 1,
  JitterStrategy: 'FULL',
}

/** Somebody else seals the day: they are done, or their lease ends, in less time than a function may take. */
const BUSY = { ErrorEquals: ['Dayseal.conflict'], IntervalSeconds: 60, BackoffRate: 1, MaxAttempts: 20 }

export const RETRY: readonly State[] = [TRANSIENT, BUSY, OUT_OF_TIME]

/** The functions that the state machines call, each by the placeholder of its ARN. */
export type Step = 'Plan' | 'Convert' | 'Seal' | 'Verify' | 'Conclude'

/** The seconds that each function may take at most. */
export type StepSeconds = Readonly<Record<Step, number>>

/** The placeholder of an ARN that only deploying tells. */
export function arnOf(name: string): string {
  return `\${${name}Arn}`
}

/** What a function is called with: a part of the state as it is, or an object made of parts. */
export type CallInput = { readonly InputPath: string } | { readonly Parameters: State }

/**
 * A call of one function. What it returns lies under `ResultPath`, or goes nowhere when that is null. The function's own
 * limit ends it: the state's is for a call that never answers.
 */
export function call(step: Step, seconds: StepSeconds, input: CallInput, ResultPath: string | null): State {
  return {
    Type: 'Task',
    Resource: arnOf(step),
    TimeoutSeconds: seconds[step] + 60,
    ...input,
    ResultPath,
    Retry: RETRY,
  }
}

export function equals(path: string, text: string): State {
  return { Variable: path, StringEquals: text }
}

export function isTrue(path: string): State {
  return { Variable: path, BooleanEquals: true }
}

export function isFalse(path: string): State {
  return { Variable: path, BooleanEquals: false }
}
