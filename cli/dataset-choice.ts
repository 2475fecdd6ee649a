import { type Dataset, datasetFromFlags } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import { findConfig, loadConfig } from '../lib/load-config.ts'
import { nearestHint } from '../lib/nearest-name.ts'
import { resolveLocation } from '../lib/store/location.ts'
import type { Context } from './context.ts'
import type { CommonFlags } from './flags.ts'

/** Stand for a place that the command has no use for. */
const NO_ARCHIVE = '(no --archive was given)'
const NO_OUT = '(no --out was given)'

/**
 * The datasets that a command is about: those of the configuration (all, or the one that `--dataset` names), with the
 * locations, the endpoint and the layout of the command line in place of theirs; without a configuration, one made of the
 * flags.
 * Locations on the command line are seen from `cwd`. `readsArchive`: whether the command needs one.
 */
export async function chooseDatasets(
  flags: CommonFlags,
  context: LoadContext,
  readsArchive: boolean,
): Promise<readonly Dataset[]> {
  return choose(flags, context, readsArchive ? ['archive', 'out'] : ['out'])
}

/** The same for a command that has to do with archives alone. */
export async function chooseArchives(flags: CommonFlags, context: LoadContext): Promise<readonly Dataset[]> {
  return choose(flags, context, ['archive'])
}

type Place = 'archive' | 'out'

type LoadContext = Pick<Context, 'cwd' | 'unhandled'>

async function choose(
  flags: CommonFlags,
  { cwd, unhandled }: LoadContext,
  needed: readonly Place[],
): Promise<readonly Dataset[]> {
  const file = flags.config ?? findConfig(cwd)
  if (file === undefined) return [fromFlags(flags, cwd, needed)]
  const datasets = await unhandled(() => loadConfig(file, cwd))
  const chosen = flags.dataset === undefined ? [...datasets.values()] : [named(datasets, flags.dataset, file)]
  const given = (['archive', 'out', 'layout'] as const).filter((name) => flags[name] !== undefined)
  if (given.length > 0 && chosen.length > 1) {
    throw new DaysealError('usage', `--${given[0]} is about one dataset`, {
      seen: `${chosen.map(({ name }) => name).join(', ')} in ${file}`,
      wanted: 'one of them with --dataset',
    })
  }
  return chosen.map((dataset) => withFlags(dataset, flags, cwd))
}

function fromFlags(flags: CommonFlags, cwd: string, needed: readonly Place[]): Dataset {
  const missing = needed.filter((name) => flags[name] === undefined).map((name) => `--${name}`)
  if (missing.length > 0) {
    throw new DaysealError('usage', `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`, {
      seen: `no configuration in ${cwd}`,
      wanted: 'a directory or s3://bucket/prefix each, or a dayseal.config.ts',
    })
  }
  return datasetFromFlags({
    name: flags.dataset,
    archive: flags.archive === undefined ? NO_ARCHIVE : resolveLocation(flags.archive, cwd),
    out: flags.out === undefined ? NO_OUT : resolveLocation(flags.out, cwd),
    layout: flags.layout,
    s3: { endpoint: flags.endpoint },
  })
}

function named(datasets: ReadonlyMap<string, Dataset>, name: string, file: string): Dataset {
  const dataset = datasets.get(name)
  if (dataset !== undefined) return dataset
  const names = [...datasets.keys()]
  throw new DaysealError('usage', `${file} has no dataset ${JSON.stringify(name)}`, {
    wanted: names.join(' or '),
    ...nearestHint(name, names),
  })
}

/** Made by the same parser as a dataset of flags alone, so that a wrong layout is refused in the same words. */
function withFlags(dataset: Dataset, flags: CommonFlags, cwd: string): Dataset {
  const { archive, out, s3 } = datasetFromFlags({
    name: dataset.name,
    archive: flags.archive === undefined ? dataset.archive.location : resolveLocation(flags.archive, cwd),
    out: flags.out === undefined ? dataset.out : resolveLocation(flags.out, cwd),
    layout: flags.layout ?? dataset.archive.layout,
    s3: { ...dataset.s3, endpoint: flags.endpoint ?? dataset.s3.endpoint },
    uploads: dataset.uploads,
  })
  return { ...dataset, archive, out, s3 }
}

/** The dataset with the limit of the command line, if there is one. */
export function withQuarantineLimit(dataset: Dataset, maxQuarantineShare: number | undefined): Dataset {
  return maxQuarantineShare === undefined ? dataset : { ...dataset, limits: { ...dataset.limits, maxQuarantineShare } }
}
