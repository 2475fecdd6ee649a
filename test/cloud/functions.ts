import { join } from 'node:path'
import * as z from 'zod'
import { createFunction, type LambdaFunction } from './lambdas.ts'
import { type Statement, statementsOf } from './policy.ts'
import { REGION, type Resource, type Stacks } from './template.ts'

const functionSchema = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.literal('index.handler'),
  Runtime: z.literal('nodejs24.x'),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  MemorySize: z.int(),
  Timeout: z.int(),
  Role: z.string(),
})

/** A function of the template: its process, and what its role grants. */
export interface DeployedFunction extends LambdaFunction {
  /** `Convert`, `Plan` …: the logical id up to what CDK adds. */
  readonly name: string
  readonly arn: string
  /** The access key that its process signs with. */
  readonly accessKey: string
  readonly statements: readonly Statement[]
  readonly bundle: string
}

export interface Endpoints {
  readonly s3: string
  readonly dynamodb: string
  readonly events: string
}

/** Every function of the stacks, from its bundle in `outdir`, with the environment that the template gives it. */
export function deployFunctions(stacks: Stacks, outdir: string, endpoints: Endpoints): readonly DeployedFunction[] {
  return stacks.ofType('AWS::Lambda::Function').map((resource) => deploy(resource, stacks, outdir, endpoints))
}

function deploy({ id, arn, properties }: Resource, stacks: Stacks, outdir: string, at: Endpoints): DeployedFunction {
  const { Code, Environment, MemorySize, Timeout, Role } = functionSchema.parse(properties)
  const name = id.replace(/Function[0-9A-F]{8}$/, '')
  const bundle = join(outdir, `asset.${Code.S3Key.replace(/\.zip$/, '')}`, 'index.mjs')
  const accessKey = `AKIA${name.toUpperCase()}`
  const lambda = createFunction({
    name,
    bundle,
    timeoutMs: Timeout * 1000,
    environment: {
      ...Environment.Variables,
      // What Lambda itself sets, with the local endpoints beside it.
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
      AWS_ENDPOINT_URL_S3: at.s3,
      AWS_ENDPOINT_URL_DYNAMODB: at.dynamodb,
      AWS_ENDPOINT_URL_EVENTBRIDGE: at.events,
      TZ: ':UTC',
    },
  })
  const statements = statementsOf(stacks, Role.split('/').at(-1)!)
  return { ...lambda, name, arn: arn!, accessKey, statements, bundle }
}
