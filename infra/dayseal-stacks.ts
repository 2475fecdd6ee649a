import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { Dataset } from '../lib/config.ts'
import type { Deployment } from '../lib/deployment.ts'
import { deployedDataset } from './deployed-dataset.ts'
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
  const env = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) }
  const storage = new StorageStack(app, `${name}-storage`, { env, deployment, datasets })
  const pipeline = new PipelineStack(app, `${name}-pipeline`, { env, deployment, datasets, storage, configFile })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return { storage, pipeline }
}
