import * as z from 'zod'
import { startCloudFormation } from '../servers/cloudformation.ts'
import { startLambda } from '../servers/lambda.ts'
import { type RecordedEvent, type StepFunctionsServer, startStepFunctions } from '../servers/step-functions.ts'
import type { Cloud } from './cloud.ts'
import type { ExecutionEvent } from './execution.ts'
import type { Stacks } from './template.ts'

/** What a person's commands reach of the local cloud: its stacks, its functions, its state machines. */
export interface ControlPlane {
  readonly executions: StepFunctionsServer
  /** The environment that leads the SDK there. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startControlPlane(stacks: Stacks, cloud: Cloud): Promise<ControlPlane> {
  const described = [...stacks.outputs].map(([name, outputs]) => {
    const values = new Map([...outputs].map(([key, value]) => [key, String(value)]))
    return [name, { status: 'CREATE_COMPLETE', outputs: values }] as const
  })
  const formation = await startCloudFormation(new Map(described), (accessKey) => accessKey === 'NOBODY')
  const lambda = await startLambda((name, event) =>
    cloud.functions.find(({ arn }) => arn.endsWith(`:function:${name}`))?.invoke(event),
  )
  const executions = await startStepFunctions(({ stateMachineArn, executionArn, input, record }) =>
    cloud.execute(stateMachineArn.split(':').at(-1)!, input, {
      onEvent: (event) => {
        for (const one of recorded(event, executionArn)) record(one)
      },
    }),
  )
  const servers = [formation, lambda, executions]
  return {
    executions,
    env: {
      AWS_ENDPOINT_URL_CLOUDFORMATION: formation.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      AWS_ENDPOINT_URL_SFN: executions.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: cloud.dynamodb.endpoint,
    },
    close: async () => {
      await executions.settled()
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

const planned = z.object({ plan: z.object({ hours_to_convert: z.array(z.string()) }) })
const ranged = z.object({ range: z.object({ days: z.array(z.unknown()) }) })

/** The interpreter's event as Step Functions tells it, as far as anybody looks at it. */
function recorded(event: ExecutionEvent, mapRunArn: string): readonly RecordedEvent[] {
  if (event.type === 'MapIterationSucceeded') return [{ type: 'MapIterationSucceeded' }]
  if (event.type !== 'StateEntered') return []
  const { name, type, input } = event.state
  const entered = { type: `${type}StateEntered`, stateEnteredEventDetails: { name } }
  if (name === 'ConvertHours') return [entered, mapStarted(planned.parse(input).plan.hours_to_convert.length)]
  if (name !== 'SealDays') return [entered]
  const run = { type: 'MapRunStarted', mapRunStartedEventDetails: { mapRunArn } }
  return [entered, mapStarted(ranged.parse(input).range.days.length), run]
}

function mapStarted(length: number): RecordedEvent {
  return { type: 'MapStateStarted', mapStateStartedEventDetails: { length } }
}
