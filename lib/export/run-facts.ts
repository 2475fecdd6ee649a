import { type ExportRecord, FILES_LIMIT } from '../catalog/export-record.ts'
import type { ExportMeta } from './meta.ts'

/** One format of a run: its file, or its folder, and what it says of itself. */
export interface ExportedFile {
  readonly key: string
  readonly meta: ExportMeta
}

/** What the record of a run says of what it wrote, which is at least one file. */
export function factsOf(
  exported: readonly ExportedFile[],
): Omit<ExportRecord, 'dataset' | 'export' | 'run_id' | 'started' | 'ended' | 'location' | 'error'> {
  const metas = exported.map(({ meta }) => meta)
  const days = metas[0]!.source_days.map(({ date }) => date)
  const files = exported.flatMap(({ key, meta }) => {
    const folder = key.slice(0, key.lastIndexOf('/') + 1)
    return meta.files.map(({ path, bytes }) => ({ format: meta.options.format, key: `${folder}${path}`, bytes }))
  })
  return {
    outcome: 'exported',
    first_day: days[0]!,
    last_day: days.at(-1)!,
    days: days.length,
    rows_in: metas[0]!.rows_selected,
    rows_out: Math.max(...metas.map(({ event_count }) => event_count)),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files: files.slice(0, FILES_LIMIT),
  }
}
