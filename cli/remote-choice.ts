import { pipelineStack } from '../lib/deployment.ts'
import { DaysealError } from '../lib/errors.ts'
import { findConfig, loadDeployment } from '../lib/load-config.ts'
import type { Owner } from '../lib/owner.ts'
import type { Context } from './context.ts'
import { chooseDatasets } from './dataset-choice.ts'
import { type DeployedSystem, findSystem } from './remote/deployed-system.ts'
import type { RemoteFlags } from './remote-flags.ts'

/** A dataset of a deployed system. */
export interface RemoteDataset extends Owner {
  readonly system: DeployedSystem
}

/**
 * The datasets that a command is about, each with its deployed system: those of the configuration, whose `deployment` says
 * which stack and region; without a configuration, the one that `--dataset` and `--stack` name.
 */
export async function chooseRemote(flags: RemoteFlags, context: Context): Promise<readonly RemoteDataset[]> {
  const { cwd, signal, unhandled } = context
  const file = flags.config ?? findConfig(cwd)
  if (file === undefined) return [await namedByFlags(flags, cwd, signal)]
  const deployment = await unhandled(() => loadDeployment(file, cwd))
  const stack = flags.stack ?? pipelineStack(deployment)
  const datasets: RemoteDataset[] = []
  for (const { name, formerly, s3 } of await chooseDatasets(flags, context, false)) {
    const region = deployment.region ?? s3.region
    const known = datasets.find(
      ({ system }) => system.profile === s3.profile && (region === undefined || system.region === region),
    )
    const system = known?.system ?? (await findSystem({ stack, region, profile: s3.profile }, signal))
    datasets.push({ name, formerly, system })
  }
  return datasets
}

async function namedByFlags({ stack, dataset }: RemoteFlags, cwd: string, signal: AbortSignal): Promise<RemoteDataset> {
  if (stack === undefined || dataset === undefined) {
    throw new DaysealError('usage', 'it is not known which deployed system is meant', {
      seen: `no configuration in ${cwd}`,
      wanted: 'the dayseal.config.ts that was deployed, or --stack and --dataset',
    })
  }
  return {
    name: dataset,
    formerly: [],
    system: await findSystem({ stack, region: undefined, profile: undefined }, signal),
  }
}
