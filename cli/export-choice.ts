import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import { type DatasetExport, type Destination, destinationOf } from '../lib/export/destination.ts'
import { nearestName } from '../lib/nearest-name.ts'
import { resolveLocation } from '../lib/store/location.ts'
import { openStore } from '../lib/store/open-store.ts'

/** An export of a dataset. */
export interface ExportTask extends DatasetExport {
  /** What messages call it. */
  readonly about: string
}

/** Every export of that name. Throws `usage` where there is none. */
export function exportsNamed(datasets: readonly Dataset[], name: string): readonly ExportTask[] {
  const all = allExports(datasets)
  const found = all.filter(({ settings }) => settings.name === name)
  if (found.length > 0) return found
  const names = [...new Set(all.map(({ settings }) => settings.name))]
  const nearest = nearestName(name, names)
  throw new DaysealError('usage', `there is no export ${JSON.stringify(name)}`, {
    wanted: names.length === 0 ? 'one that the configuration declares: it declares none' : names.join(', '),
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
  })
}

export function allExports(datasets: readonly Dataset[]): readonly ExportTask[] {
  return datasets.flatMap((dataset) =>
    dataset.exports.map((settings) => ({
      dataset,
      settings,
      about: datasets.length > 1 ? `${dataset.name} ${settings.name}` : settings.name,
    })),
  )
}

/** Where an export's files go: a place that the command line names, which gets them as they are, or what is configured. */
export function chosenDestination(task: ExportTask, place: string | undefined, cwd: string): Destination {
  if (place === undefined) return destinationOf(task)
  const location = resolveLocation(place, cwd)
  return { destination: openStore(location, { createRoot: true, s3: task.dataset.s3 }), folder: '' }
}
