import type { ExportState, ExportStateContent } from '../catalog/export-record.ts'
import { DaysealError } from '../errors.ts'
import type { Generation } from '../seal/history.ts'
import { exportFiles } from './retention.ts'
import type { ExportRequest } from './run-export.ts'

/**
 * How far an incremental export has come; undefined before its first run.
 * @throws DaysealError `corrupt` when the state is gone, though files of earlier runs are there
 */
export async function readState(request: ExportRequest): Promise<ExportState | undefined> {
  const { dataset, settings, catalog, destination, folder, full = false, signal } = request
  if (settings.incremental === undefined) return undefined
  const state = await stateOf(request)
  if (state !== undefined || full) return state
  const known = await catalog.exports(dataset.name, { limit: 1000, export: settings.name }, signal)
  const files = await exportFiles(destination, folder)
  if (
    !known.some(({ outcome }) => outcome === 'exported') &&
    !files.some(({ meta }) => meta?.status === 'complete' && meta.export === settings.name)
  )
    return undefined
  throw new DaysealError('corrupt', `the state of the incremental export ${settings.name} is gone`, {
    seen: `no state in ${catalog.location}, and files of earlier runs in ${folder || 'the folder'} of ${destination.location}`,
    wanted: 'the state that the last run left',
    hint: 'run it with --full to export all days again and begin a new state',
  })
}

/** With `full` only the version of a state counts, so that a damaged one is still to be removed by hand. */
async function stateOf({ dataset, settings, catalog, signal }: ExportRequest): Promise<ExportState | undefined> {
  try {
    return await catalog.exportState(dataset.name, settings.name, signal)
  } catch (cause) {
    if (!(cause instanceof DaysealError) || cause.code !== 'corrupt') throw cause
    throw new DaysealError('corrupt', `the state of the incremental export ${settings.name} cannot be read`, {
      seen: cause.message,
      hint: 'remove it, then run the export with --full to export all days again and begin a new state',
      cause,
    })
  }
}

/** The state after a run: the days it took, on top of those before, and the greatest value of the watermark's column. */
export function nextState(
  { dataset, settings, runId, full }: ExportRequest,
  generations: readonly Generation[],
  state: ExportState | undefined,
  watermark: bigint | undefined,
  now: Date,
): ExportStateContent {
  const before = full ? undefined : state
  const days = generations.map(({ manifest }) => [manifest.date_utc, manifest.generation] as const)
  const column = watermarkColumn(settings.incremental)
  const reached = largest(watermark, column === undefined ? undefined : valueBefore(before, column))
  return {
    dataset: dataset.name,
    export: settings.name,
    run_id: runId,
    succeeded: now.toISOString(),
    days: { ...before?.days, ...Object.fromEntries(days) },
    watermark: column === undefined || reached === undefined ? null : { column, value: String(reached) },
  }
}

/** The column by which rows are new; undefined where days alone decide. */
export function watermarkColumn(incremental: ExportRequest['settings']['incremental']): string | undefined {
  return incremental === undefined || incremental.by === 'generation' ? undefined : incremental.by.watermark
}

/** Of another column's watermark nothing follows. */
export function valueBefore(state: ExportState | undefined, column: string): bigint | undefined {
  return state?.watermark?.column === column ? BigInt(state.watermark.value) : undefined
}

function largest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}
