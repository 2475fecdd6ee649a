import type { Catalog } from '../../lib/catalog/catalog.ts'
import { datasetCatalog } from '../../lib/catalog/dataset-catalog.ts'
import type { ExportRecord } from '../../lib/catalog/export-record.ts'
import type { Dataset } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import { destinationOf } from '../../lib/export/destination.ts'
import type { AnyMeta } from '../../lib/export/meta.ts'
import { exportFiles, type KnownFile } from '../../lib/export/retention.ts'
import { isDue, lastDue } from '../../lib/export/schedule.ts'
import { refuseOtherOutput } from '../../lib/seal/own-output.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { bytes, count } from '../amounts.ts'
import type { DueFlags, ListFlags } from '../commands/exports.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { eachTask } from '../each-day.ts'
import { allExports, type ExportTask, exportsNamed } from '../export-choice.ts'
import { type Line, line, styled } from '../line.ts'
import { type Cell, table } from '../table.ts'
import { keepYoungGeneration } from '../young-generation.ts'
import { exportOne } from './export.ts'

export async function runDue(flags: DueFlags, context: Context): Promise<Result> {
  keepYoungGeneration()
  if (flags.date.length > 0 || flags.from !== undefined || flags.to !== undefined) {
    throw new DaysealError('usage', 'run-due takes no days', { wanted: 'the days that each export is about' })
  }
  const scheduled = allExports(await chooseDatasets(flags, context, false)).filter(
    ({ settings }) => lastDue(settings, context.now) !== undefined,
  )
  const due: ExportTask[] = []
  for (const task of scheduled) if (await isTaskDue(task, context)) due.push(task)
  if (due.length === 0 && !flags.json) {
    const none = 'no export has a schedule'
    context.stdout.print([
      `nothing is due: ${scheduled.length === 0 ? none : `${scheduled.length} with a schedule, each ran since it was last due`}`,
    ])
  }
  const names = ({ dataset, settings }: ExportTask) => ({ dataset: dataset.name, export: settings.name })
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  const { exitCode, results } = await eachTask(due, names, options, (task) =>
    exportOne(task, task.settings.name, { ...flags, full: false }, context),
  )
  return { exitCode, json: { command: 'exports run-due', exit_code: exitCode, exports: results } }
}

async function isTaskDue({ dataset, settings }: ExportTask, context: Context): Promise<boolean> {
  const catalog = await catalogOf(dataset, context)
  const runs = await catalog.exports(dataset.name, { limit: 20, export: settings.name }, context.signal)
  return isDue(settings, runs, context.now)
}

/** An output of another dataset has none for this one. */
async function catalogOf(dataset: Dataset, { newId, signal }: Context): Promise<Catalog> {
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3, signal })
  await refuseOtherOutput(dataset, out)
  return datasetCatalog(dataset, out, { newId })
}

interface History {
  readonly dataset: string
  readonly runs: readonly ExportRecord[]
  readonly files: readonly (KnownFile & { readonly location: string })[]
}

export async function list(name: string | undefined, flags: ListFlags, context: Context): Promise<Result> {
  const datasets = await chooseDatasets(flags, context, false)
  const histories: History[] = []
  for (const dataset of datasets) histories.push(await historyOf(dataset, name, flags.limit, context))
  if (name !== undefined && histories.every(({ runs, files }) => runs.length + files.length === 0))
    exportsNamed(datasets, name)
  if (!flags.json) context.stdout.print(histories.flatMap(lines))
  return { exitCode: 0, json: { command: 'exports list', exit_code: 0, datasets: histories } }
}

/** Runs from the catalog, files from their meta files: those below `exports/`, and where the configuration puts others. */
async function historyOf(
  dataset: Dataset,
  name: string | undefined,
  limit: number,
  context: Context,
): Promise<History> {
  const { signal } = context
  const catalog = await catalogOf(dataset, context)
  const runs = await catalog.exports(dataset.name, { limit, ...(name === undefined ? {} : { export: name }) }, signal)
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3, signal })
  const places = [
    { destination: out, folder: 'exports/' },
    ...allExports([dataset])
      .filter(({ settings }) => settings.to !== undefined)
      .map((task) => destinationOf(task, signal)),
  ]
  const files: (KnownFile & { readonly location: string })[] = []
  for (const { destination, folder } of places) {
    const found = await exportFiles(destination, folder)
    files.push(...found.map((file) => ({ ...file, location: destination.location })))
  }
  const wanted = files.filter(
    ({ meta, key }) =>
      name === undefined ||
      (meta !== undefined && meta.status !== 'writing' ? meta.export === name : key.includes(`/${name}/`)),
  )
  return { dataset: dataset.name, runs, files: wanted.sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1)).slice(0, limit) }
}

function timeOf({ meta }: KnownFile): string {
  return meta === undefined ? '' : startOf(meta)
}

function startOf(meta: AnyMeta): string {
  return meta.status === 'writing' ? meta.started_at : meta.exported_at
}

const COLOURS = { exported: 'green', 'nothing-new': 'dim', running: 'cyan', failed: 'red' } as const

function lines({ dataset, runs, files }: History): readonly Line[] {
  const bold = (text: string) => styled('bold', text)
  if (runs.length + files.length === 0) return [line`${bold(dataset)}: nothing was exported yet`]
  const head = ['started (UTC)', 'export', 'outcome', 'days', 'rows', 'size', 'seconds', ''].map(bold)
  return [
    [bold(dataset)],
    ...table([head, ...runs.map(runRow)], [4, 5, 6]),
    '',
    ...table([['file', 'rows', 'size', ''].map(bold), ...files.map(fileRow)], [1, 2]),
  ]
}

function runRow(run: ExportRecord): readonly Cell[] {
  const seconds = run.ended === null ? '' : ((Date.parse(run.ended) - Date.parse(run.started)) / 1000).toFixed(1)
  const days = run.first_day === run.last_day ? (run.first_day ?? '') : `${run.first_day} to ${run.last_day}`
  return [
    run.started.slice(0, 19).replace('T', ' '),
    run.export,
    styled(COLOURS[run.outcome], run.outcome),
    days,
    count(run.rows_out),
    bytes(run.bytes),
    seconds,
    run.error ?? '',
  ]
}

function fileRow({ key, location, meta }: KnownFile & { readonly location: string }): readonly string[] {
  const place = `${location}/${key}`
  if (meta === undefined) return [place, '', '', 'its meta file cannot be read']
  if (meta.status !== 'complete') return [place, '', '', `unfinished since ${startOf(meta)}`]
  return [place, count(meta.event_count), bytes(meta.bytes), meta.options.format]
}
