import * as z from 'zod'
import { type ApiAnswer, type ApiServer, startApi } from './aws-api.ts'

/** An event as GetExecutionHistory gives it, apart from its number and time. */
export interface RecordedEvent {
  readonly type: string
  readonly stateEnteredEventDetails?: { readonly name: string }
  readonly mapStateStartedEventDetails?: { readonly length: number }
  readonly mapRunStartedEventDetails?: { readonly mapRunArn: string }
}

/** How an execution ended. `error`: what the state machine calls it. */
export type ExecutionEnd =
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }

/** What an execution runs by. */
export interface StartedExecution {
  readonly stateMachineArn: string
  readonly executionArn: string
  readonly input: unknown
  /** Adds to the history. */
  readonly record: (event: RecordedEvent) => void
}

export type RunExecution = (execution: StartedExecution) => Promise<ExecutionEnd>

export interface StepFunctionsServer extends ApiServer {
  /** The ARNs of the executions, as they were started. */
  readonly started: readonly string[]
  /** Once all executions have ended. */
  settled(): Promise<void>
}

interface Execution {
  readonly input: string
  readonly events: RecordedEvent[]
  end: ExecutionEnd | undefined
  ended: Promise<void>
}

const requests = {
  StartExecution: z.object({ stateMachineArn: z.string(), name: z.string().max(80), input: z.string() }),
  DescribeExecution: z.object({ executionArn: z.string() }),
  GetExecutionHistory: z.object({ executionArn: z.string(), nextToken: z.string().optional() }),
  DescribeMapRun: z.object({ mapRunArn: z.string() }),
}

/** So few, so that a history has several pages. */
const PAGE = 5

/**
 * Step Functions (JSON 1.0): StartExecution, DescribeExecution, GetExecutionHistory, and DescribeMapRun, where a map run has
 * the ARN of its execution.
 */
export async function startStepFunctions(run: RunExecution): Promise<StepFunctionsServer> {
  const all = new Map<string, Execution>()
  const operations: Readonly<Record<string, (body: unknown) => object>> = {
    StartExecution(body) {
      const { stateMachineArn, name, input } = requests.StartExecution.parse(body)
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
      if (all.get(executionArn)?.input !== input)
        all.set(executionArn, started(stateMachineArn, executionArn, input, run))
      return { executionArn, startDate: 0 }
    },
    DescribeExecution(body) {
      const { executionArn } = requests.DescribeExecution.parse(body)
      return { executionArn, stateMachineArn: executionArn, startDate: 0, ...endOf(known(all, executionArn)) }
    },
    GetExecutionHistory(body) {
      const { executionArn, nextToken = '0' } = requests.GetExecutionHistory.parse(body)
      const { events } = known(all, executionArn)
      const from = Number(nextToken)
      const page = events.slice(from, from + PAGE).map((event, i) => ({ ...event, id: from + i + 1, timestamp: 0 }))
      return { events: page, ...(events.length > from + PAGE ? { nextToken: String(from + PAGE) } : {}) }
    },
    DescribeMapRun(body) {
      const { mapRunArn } = requests.DescribeMapRun.parse(body)
      const { events } = known(all, mapRunArn)
      const total = events.find((event) => event.mapStateStartedEventDetails)?.mapStateStartedEventDetails?.length ?? 0
      const succeeded = events.filter(({ type }) => type === 'MapIterationSucceeded').length
      const none = { pending: 0, running: total - succeeded, failed: 0, timedOut: 0, aborted: 0, resultsWritten: 0 }
      return { mapRunArn, itemCounts: { total, succeeded, ...none }, status: 'RUNNING' }
    },
  }
  const server = await startApi(async ({ headers, body }) => {
    const operation = operations[String(headers['x-amz-target']).replace('AWSStepFunctions.', '')]
    if (operation === undefined) return refused('UnknownOperationException', String(headers['x-amz-target']))
    try {
      return answered(200, operation(JSON.parse(body)))
    } catch (error) {
      return refused('ExecutionDoesNotExist', String(error))
    }
  })
  return {
    ...server,
    get started() {
      return [...all.keys()]
    },
    settled: async () => {
      await Promise.all([...all.values()].map(({ ended }) => ended))
    },
  }
}

function started(stateMachineArn: string, executionArn: string, input: string, run: RunExecution): Execution {
  const events: RecordedEvent[] = [{ type: 'ExecutionStarted' }]
  const execution: Execution = { input, events, end: undefined, ended: Promise.resolve() }
  const record = (event: RecordedEvent) => void events.push(event)
  execution.ended = run({ stateMachineArn, executionArn, input: JSON.parse(input), record }).then((end) => {
    execution.end = end
  })
  return execution
}

function known(all: ReadonlyMap<string, Execution>, arn: string): Execution {
  const execution = all.get(arn)
  if (execution === undefined) throw new Error(`Execution Does Not Exist: ${arn}`)
  return execution
}

function endOf({ end }: Execution): object {
  if (end === undefined) return { status: 'RUNNING' }
  if (end.kind === 'succeeded') return { status: 'SUCCEEDED', output: JSON.stringify(end.output), stopDate: 0 }
  return { status: 'FAILED', error: end.error, cause: end.cause, stopDate: 0 }
}

function refused(type: string, message: string): ApiAnswer {
  return answered(400, { __type: type, message })
}

function answered(status: number, body: object): ApiAnswer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) }
}
