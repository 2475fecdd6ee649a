import { StateMachine } from 'aws-local-stepfunctions'
import type { Definition } from '../../infra/state-machines/definition.ts'

type Json = Parameters<StateMachine['run']>[0]
/** Stands in for one Task state: what it returns is the result, what it throws the error. */
export type Stub = (input: Json) => Promise<Json> | Json

export interface Run {
  /** The calls of each stub in order, each as `name` and what it was given. */
  readonly calls: readonly (readonly [string, Json])[]
  readonly end: { readonly output: Json } | { readonly error: string; readonly cause: string }
}

export const EXECUTION_ID = 'arn:execution:1'

/** Runs a definition with a stub for every Task state it comes to; waits and retries take no time. */
export async function runDefinition(
  definition: Definition,
  input: Json,
  stubs: Readonly<Record<string, Stub>>,
): Promise<Run> {
  const calls: [string, Json][] = []
  const machine = new StateMachine(JSON.parse(withArns(definition)))
  const handlers = Object.entries(stubs).map(([name, stub]) => [
    name,
    async (given: Json) => {
      calls.push([name, structuredClone(given)])
      return await stub(given)
    },
  ])
  const atOnce = Object.fromEntries([...Object.keys(stubs), ...Object.keys(definition.States)].map((name) => [name, 0]))
  const execution = machine.run(input, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(handlers),
      waitTimeOverrides: atOnce,
      retryIntervalOverrides: atOnce,
    },
    context: { Execution: { Id: EXECUTION_ID } },
  })
  // The result says of a failure only its cause.
  execution.result.catch(() => undefined)
  for await (const event of execution.eventLogs) {
    if (event.type === 'ExecutionSucceeded') return { calls, end: { output: event.output } }
    if (event.type === 'ExecutionFailed') return { calls, end: { error: event.Error, cause: String(event.Cause) } }
  }
  throw new Error('the execution did not end')
}

/** The definition with an ARN in the place of every placeholder. */
export function withArns(definition: Definition): string {
  return JSON.stringify(definition).replace(/\$\{(\w+)Arn\}/g, 'arn:aws:lambda:eu-west-1:123456789012:function:$1')
}
