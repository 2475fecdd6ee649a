import type { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { SFNClient } from '@aws-sdk/client-sfn'
import * as z from 'zod'
import { DaysealError } from '../../lib/errors.ts'
import { awsCodeOf, awsFaultsAs } from './aws-fault.ts'

/** Where a deployed system is. Credentials are found as the SDK finds them. */
export interface SystemPlace {
  /** The name of its pipeline stack. */
  readonly stack: string
  /** Default: that of the environment or the profile. */
  readonly region: string | undefined
  readonly profile: string | undefined
}

/** A deployed system: what its stack says of itself, and the clients to ask it. */
export interface DeployedSystem {
  readonly stack: string
  readonly region: string
  readonly profile: string | undefined
  readonly sealDayArn: string
  readonly backfillArn: string
  readonly verifyFunction: string
  readonly catalogTable: string
  readonly sdk: typeof import('./remote-sdk.ts')
  readonly executions: SFNClient
  readonly functions: LambdaClient
}

const TRIES = 5
/** A function answers within 15 minutes, and nothing is heard of it before. */
const FUNCTION_MS = 16 * 60_000
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }

/** The outputs of the pipeline stack that are used (infra/pipeline-stack.ts). */
const outputs = z.object({
  SealDayArn: z.string(),
  BackfillArn: z.string(),
  VerifyFunction: z.string(),
  CatalogTable: z.string(),
})

/**
 * Looks a deployed system up by its stack, which needs cloudformation:DescribeStacks. The SDK is loaded by the first call.
 * @throws DaysealError `usage` when there is no such stack, or no region is known; `storage`
 */
export async function findSystem(
  { stack, region: asked, profile }: SystemPlace,
  signal: AbortSignal,
): Promise<DeployedSystem> {
  const sdk = await import('./remote-sdk.ts')
  const config = {
    ...(asked === undefined ? {} : { region: asked }),
    ...(profile === undefined ? {} : { profile }),
    maxAttempts: TRIES,
    retryMode: 'standard',
  }
  const stacks = new sdk.CloudFormationClient({ ...config, requestHandler: TIMEOUTS })
  const region = await regionOf(stacks)
  const { SealDayArn, BackfillArn, VerifyFunction, CatalogTable } = await awsFaultsAs(
    `the stack ${stack} in ${region} cannot be described`,
    signal,
    () => outputsOf(stack, region, stacks, sdk, signal),
  )
  return {
    stack,
    region,
    profile,
    sealDayArn: SealDayArn,
    backfillArn: BackfillArn,
    verifyFunction: VerifyFunction,
    catalogTable: CatalogTable,
    sdk,
    executions: new sdk.SFNClient({ ...config, requestHandler: TIMEOUTS }),
    functions: new sdk.LambdaClient({ ...config, requestHandler: { ...TIMEOUTS, requestTimeout: FUNCTION_MS } }),
  }
}

async function regionOf(client: CloudFormationClient): Promise<string> {
  try {
    return await client.config.region()
  } catch (cause) {
    throw new DaysealError('usage', 'the region of the deployed system is not known', {
      wanted: 'deployment.region in the configuration, AWS_REGION, or a region in the profile',
      cause,
    })
  }
}

async function outputsOf(
  stack: string,
  region: string,
  client: CloudFormationClient,
  sdk: typeof import('./remote-sdk.ts'),
  signal: AbortSignal,
): Promise<z.infer<typeof outputs>> {
  const { Stacks = [] } = await client
    .send(new sdk.DescribeStacksCommand({ StackName: stack }), { abortSignal: signal })
    .catch((error: unknown) => {
      throw isNoStack(error) ? noStack(stack, region) : error
    })
  const named = Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])
  const { data } = outputs.safeParse(Object.fromEntries(named ?? []))
  if (data !== undefined) return data
  throw new DaysealError('usage', `the stack ${stack} in ${region} is no pipeline of Dayseal`, {
    seen: `${Stacks[0]?.StackStatus ?? 'no stack'}, with the outputs ${named?.map(([key]) => key).join(', ') || '(none)'}`,
    wanted: `the outputs ${Object.keys(outputs.shape).join(', ')}`,
    hint: 'deploy it again, or name another with --stack',
  })
}

/** CloudFormation says ValidationError of many things; of this one with these words. */
function isNoStack(error: unknown): boolean {
  const answered = awsCodeOf(error)
  return answered?.code === 'ValidationError' && answered.message.endsWith('does not exist')
}

function noStack(stack: string, region: string): DaysealError {
  return new DaysealError('usage', `there is no stack ${stack} in ${region}`, {
    wanted: 'the pipeline stack of a deployed system',
    hint: 'deploy it (docs/deploy.md), name another with --stack, or set the region',
  })
}
