import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { DatasetExport } from '../lib/export/destination.ts'
import { nearestHint } from '../lib/nearest-name.ts'

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
  throw new DaysealError('usage', `there is no export ${JSON.stringify(name)}`, {
    wanted: names.length === 0 ? 'one that the configuration declares: it declares none' : names.join(', '),
    ...nearestHint(name, names),
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
