import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openStateCatalog } from '../../catalog/state-catalog.ts'
import type { Dataset } from '../../config.ts'
import { openDirectory } from '../../store/directory.ts'
import { makeScratch } from '../../store/folder.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { runExport } from '../run-export.ts'
import type { ExportSettings } from '../settings.ts'
import type { ExportDay } from './archive-days.ts'

export interface ExportDayOptions {
  readonly dataset: Dataset
  readonly out: ObjectStore
  /** How each day is exported. Each has files of its own, `DATASET_DATE.csv`, with their meta files. */
  readonly settings: ExportSettings
  readonly now: Date
  /** Names the runs in the meta files. */
  readonly runId: string
  /** An existing directory: a day's files wait there until they are in the archive. */
  readonly scratch: string
  readonly signal: AbortSignal | undefined
}

/** Exports day by day into a scratch place. No run of it is in the dataset's catalog: the archive is what is there of it. */
export function exportDayTo(options: ExportDayOptions): ExportDay {
  const { dataset, out, settings, now, runId, signal } = options
  return async function* ({ manifest }) {
    const scratch = await makeScratch(options.scratch, 'dayseal-archive-')
    try {
      const destination = openDirectory(join(scratch, 'files'), { createRoot: true })
      const catalog = openStateCatalog(openDirectory(join(scratch, 'catalog'), { createRoot: true }), {
        newId: () => runId,
      })
      await runExport({
        dataset,
        settings: { ...settings, fileName: '{dataset}_{first}', latest: false },
        dates: [manifest.date_utc],
        out,
        destination,
        folder: '',
        catalog,
        clock: () => now,
        runId,
        scratch,
        signal,
      })
      for (const { key, etag } of await destination.list('')) {
        yield { path: key, chunks: destination.read(key, { etag, ...(signal && { signal }) }) }
      }
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
