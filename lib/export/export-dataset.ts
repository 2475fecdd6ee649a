import { tmpdir } from 'node:os'
import { datasetCatalog } from '../catalog/dataset-catalog.ts'
import type { Dataset } from '../config.ts'
import { openStore } from '../store/open-store.ts'
import { type Destination, destinationOf } from './destination.ts'
import { type ExportOutcome, type ExportProgress, runExport } from './run-export.ts'
import type { ExportSettings } from './settings.ts'

export interface ExportOptions {
  readonly dataset: Dataset
  /** Of the configuration (`dataset.exports`), or what `parseExport` made. */
  readonly settings: ExportSettings
  /** Sealed days, `YYYY-MM-DD`; undefined for those that the settings are about. */
  readonly dates?: readonly string[] | undefined
  /** All days of an incremental export again. */
  readonly full?: boolean
  /** A directory or bucket for the files themselves, in place of the settings' own. */
  readonly place?: string | undefined
  /** The time, as often as it is asked for. */
  readonly clock: () => Date
  /** A new name for each run and each write: letters and digits. */
  readonly newId: () => string
  /** Where temporary files may lie (default: the system's place for them). */
  readonly scratch?: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: ExportProgress) => void
}

/** Runs an export of a dataset with its catalog in its output. See `runExport`. */
export async function exportDataset(options: ExportOptions): Promise<ExportOutcome> {
  const { dataset, settings, place, newId, scratch = tmpdir(), ...rest } = options
  const { out, s3 } = dataset
  const { signal } = options
  return runExport({
    ...rest,
    dataset,
    settings,
    ...(place === undefined ? destinationOf({ dataset, settings }, signal) : placeOf(place, dataset, signal)),
    out: openStore(out, { s3, signal }),
    catalog: datasetCatalog(dataset, openStore(out, { createRoot: true, s3, signal }), { newId }),
    runId: newId(),
    scratch,
  })
}

function placeOf(place: string, { s3 }: Dataset, signal: AbortSignal | undefined): Destination {
  return { destination: openStore(place, { createRoot: true, s3, signal }), folder: '' }
}

export type ExportEvent =
  | ({ readonly kind: 'progress' } & ExportProgress)
  | { readonly kind: 'ended'; readonly outcome: ExportOutcome }

/**
 * The same as a stream of what happens, which ends with the outcome, or throws. A reader that is slow misses progress, and
 * nothing else; one that stops early stops the export.
 */
export async function* exportEvents(options: Omit<ExportOptions, 'onProgress'>): AsyncGenerator<ExportEvent> {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  let latest: ExportProgress | undefined
  let wake = () => {}
  const onProgress = (progress: ExportProgress) => {
    latest = progress
    wake()
  }
  const run = exportDataset({ ...options, signal, onProgress })
  const settled = run.then(
    () => true,
    () => true,
  )
  try {
    for (let ended = false; !ended; ) {
      const news = new Promise<boolean>((resolve) => {
        wake = () => resolve(false)
      })
      ended = latest === undefined && (await Promise.race([settled, news]))
      const progress = latest
      latest = undefined
      if (progress !== undefined) yield { kind: 'progress', ...progress }
    }
    yield { kind: 'ended', outcome: await run }
  } finally {
    stop.abort(new DOMException('nobody reads the events of the export any more', 'AbortError'))
    await settled
  }
}
