import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'
import { createCatalogTable } from '../servers/dynamo-table.ts'
import { type DynamoServer, startDynamo } from '../servers/dynamodb.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import type { ExecutionEnd } from '../servers/step-functions.ts'
import { invokeLater } from './asynchronous.ts'
import { targetsOf } from './bus-rules.ts'
import { type BusEvent, type EventBus, startEventBus } from './event-bus.ts'
import { type ExecutionEvent, runExecution } from './execution.ts'
import { type DeployedFunction, deployFunctions, type Endpoints } from './functions.ts'
import { type Gateway, type RecordedCall, startGateway } from './gateway.ts'
import type { InvocationResult } from './lambdas.ts'
import { type ApiCall, isGranted, type Statement, statementsOf } from './policy.ts'
import { wireQueues } from './queues.ts'
import { type S3Event, s3Event } from './s3-event.ts'
import { dueTargets } from './schedule.ts'
import { REGION, type Stacks } from './template.ts'

/** AWS on this machine, wired as the templates say: servers on 127.0.0.1, functions in processes of their own. */
export interface Cloud {
  readonly s3: S3Server
  readonly dynamodb: DynamoServer
  readonly functions: readonly DeployedFunction[]
  /** Every call of a function to S3, DynamoDB and EventBridge, in order. */
  readonly calls: readonly RecordedCall[]
  /** What was announced on the bus, in order. */
  readonly announced: readonly BusEvent[]
  /** Bodies of messages that nobody could work on. */
  readonly deadLetters: readonly string[]
  /** Client for the test itself, past the permissions of the functions. */
  readonly client: S3Client
  /** Puts an object, and returns the event that S3 would send of it. */
  upload(bucket: string, key: string, body: Uint8Array): Promise<S3Event>
  /** Hands events to the rules, in this order; what they match goes to queues. Returns how many matched. */
  deliver(events: readonly S3Event[]): number
  /** Works on the queues until they are empty. */
  drain(): Promise<void>
  /** Hands what was announced since the last time to the rules of the bus: to queues, or what they call is run to its end. */
  relay(): Promise<readonly InvocationResult[]>
  /** Runs whatever is scheduled for this minute, to its end. */
  tick(time: Date): Promise<readonly ExecutionEnd[]>
  /** Starts a state machine, by its name, and waits for its end. */
  execute(stateMachine: string, input: unknown, options?: ExecuteOptions): Promise<ExecutionEnd>
  /** Calls a function by its name. `timeoutMs`: less time than it is given otherwise. */
  invoke(name: string, event: unknown, timeoutMs?: number): Promise<InvocationResult>
  /** Kills the processes of a function, with whatever they do. */
  stop(name: string): Promise<void>
  close(): Promise<void>
}

export interface ExecuteOptions {
  /** How long Wait states take, milliseconds (default: 0). */
  readonly waitMs?: number
  readonly onState?: (name: string) => void
  readonly onEvent?: (event: ExecutionEvent) => void
}

/** `outdir`: where the templates and the bundles were synthesized to. */
export async function startCloud(stacks: Stacks, outdir: string): Promise<Cloud> {
  const servers = await startServers(stacks)
  const { s3, dynamodb, bus, gateways, endpoints, calls } = servers
  const functions = deployFunctions(stacks, outdir, endpoints)
  servers.functions.push(...functions)
  const client = new S3Client({ endpoint: s3.endpoint, region: REGION, forcePathStyle: true, credentials: TESTER })
  const queues = wireQueues(stacks, functions)
  let sequence = 0
  let executions = 0

  const failed: string[] = []
  let relayed = 0

  const services = {
    invoke: async (arn: string, input: unknown) => withArn(functions, arn).invoke(input),
    invokeLater: (arn: string, input: unknown) =>
      invokeLater(stacks, withArn(functions, arn), input, ({ body }) => failed.push(body)),
    execute: (arn: string, input: unknown) => execute(arn, input, {}),
  }
  async function execute(arn: string, input: unknown, { waitMs = 0, ...told }: ExecuteOptions): Promise<ExecutionEnd> {
    const machine = machineOf(stacks, arn)
    const executionId = `${arn.replace(':stateMachine:', ':execution:')}:${++executions}`
    const guarded = guardedServices(services, machine.statements)
    return runExecution({ definition: machine.definition, input, executionId, services: guarded, waitMs, ...told })
  }
  return {
    s3,
    dynamodb,
    functions,
    calls,
    announced: bus.events,
    get deadLetters() {
      return [...queues.deadLetters, ...failed]
    },
    client,
    async upload(Bucket, Key, Body) {
      const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket, Key, Body }))
      return s3Event({ bucket: Bucket, key: Key, size: Body.length, etag: ETag, sequence: ++sequence })
    },
    deliver: (events) => queues.deliver(events),
    async relay() {
      const targets = bus.events.slice(relayed).flatMap((event) => targetsOf(stacks, event))
      relayed = bus.events.length
      const results: InvocationResult[] = []
      for (const { arn, input } of targets) {
        if (!queues.send(arn, input)) results.push(await services.invokeLater(arn, input))
      }
      return results
    },
    drain: () => queues.drain(),
    async tick(time) {
      const ends: ExecutionEnd[] = []
      for (const { arn, input, statements } of dueTargets(stacks, time)) {
        const guarded = guardedServices(services, statements)
        if (arn.includes(':stateMachine:')) ends.push(await guarded.execute(arn, input))
        else ends.push(endOf(await guarded.invokeLater(arn, input)))
      }
      return ends
    },
    execute: (name, input, options = {}) => execute(machineNamed(stacks, name), input, options),
    invoke: (name, event, timeoutMs) => named(functions, name).invoke(event, timeoutMs),
    stop: (name) => named(functions, name).close(),
    async close() {
      client.destroy()
      await Promise.all(functions.map((one) => one.close()))
      await Promise.all([...gateways, bus, s3, dynamodb].map((server) => server.close()))
    },
  }
}

const TESTER = { accessKeyId: 'AKIATESTER', secretAccessKey: 'secret' }

interface Servers {
  readonly s3: S3Server
  readonly dynamodb: DynamoServer
  readonly bus: EventBus
  readonly gateways: readonly Gateway[]
  readonly endpoints: Endpoints
  readonly calls: RecordedCall[]
  /** Filled once they are deployed: they are told the gateways' addresses. */
  readonly functions: DeployedFunction[]
}

async function startServers(stacks: Stacks): Promise<Servers> {
  const [s3, dynamodb, bus] = await Promise.all([startS3(), startDynamo(), startEventBus()])
  for (const { name } of stacks.ofType('AWS::S3::Bucket')) s3.createBucket(name)
  for (const { name } of stacks.ofType('AWS::DynamoDB::GlobalTable')) {
    await createCatalogTable(dynamodb.endpoint, REGION, name, TESTER)
  }
  const calls: RecordedCall[] = []
  const functions: DeployedFunction[] = []
  const granted = (caller: string, call: ApiCall) =>
    isGranted(functions.find(({ accessKey }) => accessKey === caller)?.statements ?? [], call)
  const open = (service: 's3' | 'dynamodb' | 'events', upstream: string) =>
    startGateway({ service, upstream, isGranted: granted, onCall: (call) => calls.push(call) })
  const gateways = [
    await open('s3', s3.endpoint),
    await open('dynamodb', dynamodb.endpoint),
    await open('events', bus.url),
  ] as const
  const endpoints = { s3: gateways[0].url, dynamodb: gateways[1].url, events: gateways[2].url }
  return { s3, dynamodb, bus, gateways, endpoints, calls, functions }
}

const machineSchema = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
  RoleArn: z.string(),
})

function machineOf(stacks: Stacks, arn: string) {
  const machine = stacks.ofType('AWS::StepFunctions::StateMachine').find((one) => one.arn === arn)
  const { DefinitionString, DefinitionSubstitutions, RoleArn } = machineSchema.parse(machine?.properties)
  const definition = DefinitionString.replace(/\$\{(\w+)\}/g, (_, name: string) => DefinitionSubstitutions[name]!)
  return { definition, statements: statementsOf(stacks, RoleArn.split('/').at(-1)!) }
}

function machineNamed(stacks: Stacks, name: string): string {
  return stacks.ofType('AWS::StepFunctions::StateMachine').find((machine) => machine.name === name)!.arn!
}

interface Services {
  invoke(arn: string, input: unknown): Promise<InvocationResult>
  invokeLater(arn: string, input: unknown): Promise<InvocationResult>
  execute(arn: string, input: unknown): Promise<ExecutionEnd>
}

/** The services as a role may use them. */
function guardedServices(services: Services, statements: readonly Statement[]): Services {
  const check = (action: string, resource: string) => {
    if (!isGranted(statements, { action, resource, keys: {} }))
      throw new Error(`no role grants ${action} on ${resource}`)
  }
  return {
    async invoke(arn, input) {
      check('lambda:InvokeFunction', arn)
      return services.invoke(arn, input)
    },
    async invokeLater(arn, input) {
      check('lambda:InvokeFunction', arn)
      return services.invokeLater(arn, input)
    },
    async execute(arn, input) {
      check('states:StartExecution', arn)
      return services.execute(arn, input)
    },
  }
}

function withArn(functions: readonly DeployedFunction[], arn: string): DeployedFunction {
  const found = functions.find((one) => one.arn === arn)
  if (found === undefined) throw new Error(`there is no function ${arn}`)
  return found
}

function named(functions: readonly DeployedFunction[], name: string): DeployedFunction {
  const found = functions.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no function ${name}`)
  return found
}

function endOf(result: InvocationResult): ExecutionEnd {
  if (result.kind === 'answered') return { kind: 'succeeded', output: JSON.parse(result.payload) }
  return result
}
