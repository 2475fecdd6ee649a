import { StateMachine } from 'aws-local-stepfunctions'
import * as z from 'zod'
import type { ExecutionEnd } from '../servers/step-functions.ts'
import type { InvocationResult } from './lambdas.ts'

type Json = Parameters<StateMachine['run']>[0]

/** What the interpreter tells of an execution. */
export type ExecutionEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never

const stateSchema: z.ZodType<StateJson> = z.lazy(() =>
  z.looseObject({
    Type: z.string(),
    Resource: z.string().optional(),
    ItemProcessor: z.looseObject({ States: z.record(z.string(), stateSchema) }).optional(),
  }),
)
interface StateJson {
  readonly Type: string
  readonly Resource?: string | undefined
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, StateJson>> } | undefined
}

/** What Task states do: call a function by its ARN, or start another execution and wait for its end. */
export interface TaskServices {
  invoke(functionArn: string, input: unknown): Promise<InvocationResult>
  execute(stateMachineArn: string, input: unknown): Promise<ExecutionEnd>
}

export interface ExecutionOptions {
  /** The state machine's definition with all ARNs in it, as JSON. */
  readonly definition: string
  readonly input: unknown
  readonly executionId: string
  readonly services: TaskServices
  /** How long Wait states take, milliseconds. Retries wait a quarter of a second. */
  readonly waitMs: number
  readonly onState?: (name: string) => void
  readonly onEvent?: (event: ExecutionEvent) => void
}

/** Enough for somebody else to be done with a small day. */
const RETRY_MS = 250

const startedExecution = z.object({ StateMachineArn: z.string(), Input: z.unknown() })

/** Runs an execution to its end. */
export async function runExecution(options: ExecutionOptions): Promise<ExecutionEnd> {
  const { definition, input, executionId, services, waitMs, onState, onEvent } = options
  const parsed = JSON.parse(definition)
  const states = statesOf(z.looseObject({ States: z.record(z.string(), stateSchema) }).parse(parsed).States)
  const tasks = [...states].filter(([, { Type }]) => Type === 'Task')
  const handlers = tasks.map(([name, { Resource = '' }]) => [
    name,
    async (given: Json) => (await task(Resource, given, services)) as Json,
  ])
  const everywhere = (ms: number) => Object.fromEntries([...states.keys()].map((name) => [name, ms]))
  const execution = new StateMachine(parsed).run(input as Json, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      waitTimeOverrides: everywhere(waitMs),
      retryIntervalOverrides: everywhere(RETRY_MS),
    },
    context: { Execution: { Id: executionId, StartTime: new Date().toISOString() } },
  })
  // The result says of a failure only its cause.
  execution.result.catch(() => undefined)
  for await (const event of execution.eventLogs) {
    onEvent?.(event)
    if (event.type.endsWith('StateEntered') && 'state' in event) onState?.(event.state.name)
    if (event.type === 'ExecutionSucceeded') return { kind: 'succeeded', output: event.output }
    if (event.type === 'ExecutionFailed') return { kind: 'failed', error: event.Error, cause: String(event.Cause) }
  }
  throw new Error(`${executionId} did not end`)
}

/** Those inside of Map states too. Names are unique in a definition. */
function statesOf(states: Readonly<Record<string, StateJson>>): Map<string, StateJson> {
  return new Map(
    Object.entries(states).flatMap(([name, state]) => [
      [name, state] as const,
      ...statesOf(state.ItemProcessor?.States ?? {}),
    ]),
  )
}

async function task(resource: string, input: Json, services: TaskServices): Promise<unknown> {
  if (resource.endsWith(':states:startExecution.sync:2')) {
    const { StateMachineArn, Input } = startedExecution.parse(input)
    const end = await services.execute(StateMachineArn, Input)
    if (end.kind === 'failed') throw named('States.TaskFailed', JSON.stringify(end))
    return { Output: end.output }
  }
  const result = await services.invoke(resource, input)
  if (result.kind === 'failed') throw named(result.error, result.cause)
  return JSON.parse(result.payload)
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
