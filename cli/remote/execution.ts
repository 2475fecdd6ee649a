import * as z from 'zod'
import { awsFaultsAs } from './aws-fault.ts'
import type { DeployedSystem } from './deployed-system.ts'
import {
  type ExecutionProgress,
  type ExecutionStep,
  historyEvent,
  NOT_STARTED,
  nextProgress,
  stepsOf,
} from './execution-steps.ts'

/** How an execution ended. `error`: what the state machine calls it. */
export type ExecutionEnd =
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Hears of each step that is new. */
  readonly onStep: (step: ExecutionStep) => void
  /** Waits so many milliseconds before the execution is looked at again; throws when `signal` is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/**
 * Starts an execution, and returns its ARN. `name` is its own: with it, a request whose answer is lost can be repeated
 * (StartExecution is idempotent for one name and input). It is not interrupted: nobody would know of what it began.
 */
export async function startExecution(
  { sdk, executions }: DeployedSystem,
  stateMachineArn: string,
  name: string,
  input: unknown,
): Promise<string> {
  const request = new sdk.StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) })
  const started = await awsFaultsAs(`${stateMachineArn} cannot be started`, undefined, () => executions.send(request))
  return z.string().parse(started.executionArn)
}

/** At first an execution is looked at every second, later less often: one that waits for hours takes a day. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000

/**
 * Waits for the end of an execution, and tells how far it has come. Needs states:DescribeExecution,
 * states:GetExecutionHistory and states:DescribeMapRun. Aborting leaves the execution as it is.
 * Memory: one page of its history.
 */
export async function followExecution(
  system: DeployedSystem,
  arn: string,
  { signal, onStep, pause }: FollowOptions,
): Promise<ExecutionEnd> {
  const told = new Map<string, number>()
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.2)) {
    const end = await endOf(system, arn, signal)
    for (const step of await stepsSoFar(system, arn, end !== undefined, signal)) {
      if (told.get(step.phase) === step.done && step.phase !== 'wait') continue
      told.set(step.phase, step.done)
      onStep(step)
    }
    if (end !== undefined) return end
    await pause(pauseMs, signal)
  }
}

async function endOf(
  { sdk, executions }: DeployedSystem,
  executionArn: string,
  signal: AbortSignal,
): Promise<ExecutionEnd | undefined> {
  const { status, output, error, cause } = await awsFaultsAs(`${executionArn} cannot be described`, signal, () =>
    executions.send(new sdk.DescribeExecutionCommand({ executionArn }), { abortSignal: signal }),
  )
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return undefined
  if (status === 'SUCCEEDED') return { kind: 'succeeded', output: JSON.parse(output ?? 'null') }
  return { kind: 'failed', error: error ?? `the execution is ${status}`, cause: cause ?? '' }
}

async function stepsSoFar(
  system: DeployedSystem,
  arn: string,
  isOver: boolean,
  signal: AbortSignal,
): Promise<readonly ExecutionStep[]> {
  const progress = await progressOf(system, arn, signal)
  const steps = stepsOf(progress, isOver)
  return progress.mapRun === undefined ? steps : [...steps, await daysOf(system, progress.mapRun, signal)]
}

async function progressOf(
  { sdk, executions }: DeployedSystem,
  executionArn: string,
  signal: AbortSignal,
): Promise<ExecutionProgress> {
  let progress = NOT_STARTED
  let nextToken: string | undefined
  do {
    const input = { executionArn, maxResults: 1000, includeExecutionData: false }
    const page = await awsFaultsAs(`the history of ${executionArn} cannot be read`, signal, () =>
      executions.send(
        new sdk.GetExecutionHistoryCommand({ ...input, ...(nextToken === undefined ? {} : { nextToken }) }),
        { abortSignal: signal },
      ),
    )
    progress = (page.events ?? []).map((event) => historyEvent.parse(event)).reduce(nextProgress, progress)
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return progress
}

const itemCounts = z.object({
  total: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  aborted: z.int(),
  timedOut: z.int(),
})

/** The days of a Backfill: how many have ended, well or not. */
async function daysOf({ sdk, executions }: DeployedSystem, mapRunArn: string, signal: AbortSignal) {
  const run = await awsFaultsAs(`${mapRunArn} cannot be described`, signal, () =>
    executions.send(new sdk.DescribeMapRunCommand({ mapRunArn }), { abortSignal: signal }),
  )
  const { total, succeeded, failed, aborted, timedOut } = itemCounts.parse(run.itemCounts)
  return { phase: 'days', done: succeeded + failed + aborted + timedOut, total }
}
