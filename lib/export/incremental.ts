import type { ExportState, ExportStateContent } from '../catalog/export-record.ts'
import type { Expected } from '../catalog/item-store.ts'
import { DaysealError } from '../errors.ts'
import type { Generation } from '../seal/history.ts'
import { exportFiles } from './retention.ts'
import type { ExportRequest } from './run-export.ts'
import type { WrittenOutput } from './write-files.ts'

/** What there is of a state before a run. */
export interface StateBefore {
  /** How far the export has come; undefined for nothing. */
  readonly state: ExportState | undefined
  /** What the run replaces. */
  readonly stored: Expected
}

/**
 * How far an incremental export has come. With `full` a state that cannot be read is as good as none: the run replaces it.
 * @throws DaysealError `corrupt` when the state cannot be read, or is gone, though files of earlier runs are there
 */
export async function readState(request: ExportRequest): Promise<StateBefore> {
  const { dataset, settings, catalog, destination, folder, full = false, signal } = request
  if (settings.incremental === undefined) return { state: undefined, stored: undefined }
  const before = await stateOf(request)
  if (before.stored !== undefined || full) return before
  const known = await catalog.exports(dataset.name, { limit: 1000, export: settings.name }, signal)
  const files = await exportFiles(destination, folder)
  if (
    !known.some(({ outcome }) => outcome === 'exported') &&
    !files.some(({ meta }) => meta?.status === 'complete' && meta.export === settings.name)
  )
    return before
  throw new DaysealError('corrupt', `the state of the incremental export ${settings.name} is gone`, {
    seen: `no state in ${catalog.location}, and files of earlier runs in ${folder || 'the folder'} of ${destination.location}`,
    wanted: 'the state that the last run left',
    hint: BEGIN_ANEW,
  })
}

const BEGIN_ANEW = 'run it with --full to export all days again and begin a new state'

async function stateOf({ dataset, settings, catalog, full, signal }: ExportRequest): Promise<StateBefore> {
  try {
    const state = await catalog.exportState(dataset.name, settings.name, signal)
    return { state, stored: state?.version }
  } catch (cause) {
    if (!(cause instanceof DaysealError) || cause.code !== 'corrupt') throw cause
    if (full) return { state: undefined, stored: 'unreadable' }
    throw new DaysealError('corrupt', `the state of the incremental export ${settings.name} cannot be read`, {
      seen: cause.message.split('; ')[0]!,
      wanted: 'the state that the last run left',
      hint: BEGIN_ANEW,
      cause,
    })
  }
}

/** What a run adds to a state. */
export interface StateChange {
  readonly generations: readonly Generation[]
  readonly before: ExportState | undefined
  /** The greatest value of the watermark's column. */
  readonly watermark: bigint | undefined
  readonly outputs: readonly WrittenOutput[]
  readonly now: Date
}

/** The state after a run: the days it took, on top of those before, and the greatest value of the watermark's column. */
export function nextState(
  { dataset, settings, runId, full }: ExportRequest,
  { generations, before: present, watermark, outputs, now }: StateChange,
): ExportStateContent {
  const before = full ? undefined : present
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
    outputs: outputs.map(({ output: { key, extension } }) => ({ key, extension })),
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
