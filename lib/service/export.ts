import { parseDate } from '../archive/guards.ts'
import type { ExportRecord } from '../catalog/export-record.ts'
import { failureText } from '../catalog/source-record.ts'
import type { Dataset } from '../config.ts'
import { DaysealError, messageOf } from '../errors.ts'
import { destinationOf } from '../export/destination.ts'
import { type ExportOutcome, runExport } from '../export/run-export.ts'
import type { ExportSettings } from '../export/settings.ts'
import { failureName } from './failure-name.ts'
import { scheduledDate } from './plan-seal.ts'
import { datasetNamed, type Service } from './service.ts'

/** Which sealed days a run is about. */
export type ExportDays =
  /** Those that the settings say. */
  | { readonly kind: 'configured' }
  /** Those that the settings said at the time that a schedule was set for, however late it runs. */
  | { readonly kind: 'scheduled'; readonly time: Date }
  /** `YYYY-MM-DD`, in any order. */
  | { readonly kind: 'named'; readonly dates: readonly string[] }

export interface ExportRequest {
  readonly dataset: string
  readonly export: string
  readonly days: ExportDays
  /** All days of an incremental export again. */
  readonly full: boolean
  /** Names the run in the catalog. */
  readonly runId: string
  /** An existing directory. */
  readonly scratch: string
  readonly signal: AbortSignal
}

/** Plain data of bounded size: `keys` are at most 64, seen from `location`. */
export interface ExportedDays {
  readonly dataset: string
  readonly export: string
  readonly outcome: ExportOutcome['kind']
  readonly first_day: string | null
  readonly last_day: string | null
  readonly days: number
  readonly rows: number
  readonly bytes: number
  readonly location: string
  readonly keys: readonly string[]
}

/**
 * Runs an export that the configuration declares, and announces its files, or that it failed; nothing new is not announced,
 * but the files of a run that was cut before it could be are.
 * Memory: that of `runExport`.
 * @throws DaysealError as `runExport` does; `usage` for a name that the dataset does not export
 */
export async function exportDays(service: Service, request: ExportRequest): Promise<ExportedDays> {
  const { announce, catalog, now, openStores } = service
  const { full, runId, scratch, signal } = request
  const dataset = datasetNamed(service, request.dataset)
  const settings = exportNamed(dataset, request.export)
  const { out } = openStores(dataset)
  const dates = datesOf(settings, request.days)
  const place = destinationOf({ dataset, settings }, signal)
  let isTold = true
  const onExported = async (run: ExportRecord) => {
    isTold = false
    const { first_day, last_day, rows, bytes, location, keys, days } = exportedDays({ kind: 'exported', run })
    const span = { firstDay: first_day!, lastDay: last_day!, days }
    const facts = { export: settings.name, ...span, rows, bytes, location, keys }
    await announce(dataset.name, undefined, { kind: 'Export Done', ...facts })
    isTold = true
  }
  const run = { dataset, settings, dates, full, out, ...place, catalog, clock: now, runId, scratch, signal, onExported }
  const outcome = await runExport(run).catch((error: unknown) => {
    // Then the bus is away, and the export has not failed.
    if (!isTold) throw error
    return tellFailed(service, dataset, settings, error)
  })
  return exportedDays(outcome)
}

/** Only yesterday depends on the time: other settings are about the days that are sealed. */
function datesOf({ days, incremental }: ExportSettings, about: ExportDays): readonly string[] | undefined {
  if (about.kind === 'named') return [...new Set(about.dates.map(parseDate))].sort()
  const isYesterday = days === undefined && incremental === undefined
  return about.kind === 'scheduled' && isYesterday ? [scheduledDate(about.time)] : undefined
}

async function tellFailed(
  { announce }: Service,
  dataset: Dataset,
  { name }: ExportSettings,
  error: unknown,
): Promise<never> {
  const cause = failureText.parse(messageOf(error))
  try {
    await announce(dataset.name, undefined, { kind: 'Export Failed', export: name, error: failureName(error), cause })
  } catch (untold) {
    throw new AggregateError([error, untold], `${String(error)}; ${String(untold)}`)
  }
  throw error
}

function exportedDays({
  kind,
  run,
}: {
  readonly kind: ExportOutcome['kind']
  readonly run: ExportRecord
}): ExportedDays {
  const { dataset, export: name, first_day, last_day, days, rows_out: rows, bytes, location, files } = run
  const keys = files.map(({ key }) => key)
  return { dataset, export: name, outcome: kind, first_day, last_day, days, rows, bytes, location, keys }
}

function exportNamed({ name: dataset, exports }: Dataset, name: string): ExportSettings {
  const found = exports.find((settings) => settings.name === name)
  if (found !== undefined) return found
  throw new DaysealError('usage', `the dataset ${dataset} has no such export`, {
    seen: JSON.stringify(name),
    wanted:
      exports.map((settings) => settings.name).join(', ') || 'one that the configuration declares: it declares none',
  })
}
