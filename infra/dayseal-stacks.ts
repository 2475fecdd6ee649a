import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { Dataset } from '../lib/config.ts'
import { type Deployment, pipelineStack } from '../lib/deployment.ts'
import { DaysealError } from '../lib/errors.ts'
import { bucketsOf, type DeployedDataset, deployedDataset } from './deployed-dataset.ts'
import { refuseSharedFolders } from './export-places.ts'
import { refuseSharedArchives } from './offload-places.ts'
import { PipelineStack } from './pipeline-stack.ts'
import { StorageStack } from './storage-stack.ts'

export interface DaysealStacksOptions {
  readonly deployment: Deployment
  readonly datasets: Iterable<Dataset>
  /** The configuration that the functions are bundled with: an absolute path. */
  readonly configFile: string
}

export interface DaysealStacks {
  readonly storage: StorageStack
  readonly pipeline: PipelineStack
}

/** Both stacks of a deployment, checked against the rules of AWS Solutions. Throws `usage` for what cannot be deployed. */
export function daysealStacks(app: App, options: DaysealStacksOptions): DaysealStacks {
  const { deployment, configFile } = options
  const { name, account, region } = deployment
  const datasets = [...options.datasets].map(deployedDataset)
  refuseUnknownBuckets(deployment, datasets)
  refuseSharedFolders(datasets)
  refuseSharedArchives(datasets)
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) }
  const storage = new StorageStack(app, `${name}-storage`, { env, deployment, datasets })
  const pipeline = new PipelineStack(app, pipelineStack(deployment), { env, deployment, datasets, storage, configFile })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { storage, pipeline }
}

/** A bucket that no dataset has is a mistake in its name: the one that was meant would be made anew. */
function refuseUnknownBuckets({ existingBuckets }: Deployment, datasets: readonly DeployedDataset[]): void {
  const known = bucketsOf(datasets)
  const unknown = existingBuckets.filter((bucket) => !known.includes(bucket))
  if (unknown.length === 0) return
  throw new DaysealError('usage', 'deployment.existingBuckets names buckets that no dataset has', {
    seen: unknown.join(', '),
    wanted: `some of ${known.join(', ')}`,
  })
}
