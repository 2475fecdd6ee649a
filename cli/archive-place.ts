import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { ArchivePlace } from '../lib/export/archive/archive-place.ts'
import { resolveLocation } from '../lib/store/location.ts'
import { openStore } from '../lib/store/open-store.ts'
import type { Context } from './context.ts'

/** Where zips go: `folder` (with its slash) under the dataset's output, or the place that `--destination` names itself. */
export function archivePlace(
  dataset: Dataset,
  destination: string | undefined,
  folder: string,
  { cwd, signal }: Pick<Context, 'cwd' | 'signal'>,
): ArchivePlace {
  if (destination === undefined) return { store: openStore(dataset.out, { s3: dataset.s3, signal }), prefix: folder }
  return {
    store: openStore(resolveLocation(destination, cwd), { createRoot: true, s3: dataset.s3, signal }),
    prefix: '',
  }
}

/** The dataset of a command that is about one. Throws `usage`; `what` is what it would be needed several times for. */
export function onlyDataset(datasets: readonly Dataset[], what: string): Dataset {
  const [dataset] = datasets
  if (dataset !== undefined && datasets.length === 1) return dataset
  throw new DaysealError('usage', `${what} is about one dataset`, {
    seen: datasets.map(({ name }) => name).join(', '),
    wanted: 'one of them with --dataset',
  })
}
