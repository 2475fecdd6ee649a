import { DaysealError } from '../../lib/errors.ts'
import { exportDataset } from '../../lib/export/export-dataset.ts'
import type { ExportOutcome } from '../../lib/export/run-export.ts'
import { resolveLocation } from '../../lib/store/location.ts'
import { bytes, counted } from '../amounts.ts'
import type { ExportFlags } from '../commands/export.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { eachTask } from '../each-day.ts'
import { type ExportTask, exportsNamed } from '../export-choice.ts'
import { adhocFlags, adhocSettings, givenAdhocFlags } from '../export-flags.ts'
import { type Line, line, styled } from '../line.ts'
import { showProgress } from '../progress.ts'
import { keepYoungGeneration } from '../young-generation.ts'

type DayFlags = Pick<ExportFlags, 'date' | 'from' | 'to'>

export async function runExport(name: string | undefined, flags: ExportFlags, context: Context): Promise<Result> {
  keepYoungGeneration()
  if (flags.check !== undefined) return (await import('./export-check.ts')).checkFile(flags.check, flags, context)
  const tasks = await tasksOf(name, flags, context)
  const names = ({ dataset, settings }: ExportTask) => ({ dataset: dataset.name, export: settings.name })
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  const { exitCode, results } = await eachTask(tasks, names, options, (task) => exportOne(task, name, flags, context))
  return { exitCode, json: { command: 'export', exit_code: exitCode, exports: results } }
}

async function tasksOf(name: string | undefined, flags: ExportFlags, context: Context): Promise<readonly ExportTask[]> {
  const given = givenAdhocFlags(adhocFlags.parse(flags))
  if (name !== undefined && given.length > 0) {
    throw new DaysealError('usage', `${given.join(', ')} is given with the export ${name}`, {
      wanted: 'either what the configuration says of it, or options without a NAME',
    })
  }
  const settings = name === undefined ? adhocSettings(adhocFlags.parse(flags)) : undefined
  const datasets = await chooseDatasets(flags, context, false)
  if (settings === undefined) return exportsNamed(datasets, name!)
  return datasets.map((dataset) => ({
    dataset,
    settings,
    about: datasets.length > 1 ? `${dataset.name} ${settings.name}` : settings.name,
  }))
}

/** Days that are named, or for an export without a name yesterday; otherwise what the export's settings say. */
function datesOf(name: string | undefined, flags: DayFlags, now: Date): readonly string[] | undefined {
  const areNamed = flags.date.length > 0 || flags.from !== undefined || flags.to !== undefined
  return areNamed || name === undefined ? daysOf(flags, now) : undefined
}

export async function exportOne(
  task: ExportTask,
  name: string | undefined,
  flags: DayFlags & Pick<ExportFlags, 'destination' | 'full' | 'json'>,
  context: Context,
): Promise<Result> {
  const { dataset, settings, about } = task
  const { cwd, clock, newId, signal } = context
  const progress = await showProgress(context, about)
  let outcome: ExportOutcome
  try {
    outcome = await exportDataset({
      dataset,
      settings,
      dates: datesOf(name, flags, context.now),
      full: flags.full,
      place: flags.destination === undefined ? undefined : resolveLocation(flags.destination, cwd),
      clock,
      newId,
      signal,
      onProgress: (step) => progress.update(step),
    })
  } finally {
    progress.stop()
  }
  if (!flags.json) context.stdout.print(lines(about, outcome))
  return { exitCode: 0, json: exportJson(outcome) }
}

function exportJson(outcome: ExportOutcome): Result['json'] {
  const { run } = outcome
  if (outcome.kind === 'nothing-new') return { outcome: 'nothing-new', run }
  const outputs = outcome.outputs.map(({ output, files, rows, leftOut, digest }) => ({
    format: output.options.format,
    key: output.key,
    rows,
    left_out: leftOut,
    content_digest: digest,
    files,
  }))
  const { rowsWithoutTime, absent } = outcome
  return { outcome: 'exported', run, rows_without_time: rowsWithoutTime, absent_columns: absent, outputs }
}

function lines(about: string, outcome: ExportOutcome): readonly Line[] {
  const name = styled('bold', about)
  const { run } = outcome
  if (outcome.kind === 'nothing-new') return [line`${name}  nothing new: no day was sealed since the last run`]
  const days = run.first_day === run.last_day ? (run.first_day ?? '') : `${run.first_day} to ${run.last_day}`
  const seconds = (Date.parse(run.ended!) - Date.parse(run.started)) / 1000
  return [
    line`${name}  ${styled('green', 'exported')} ${counted(run.rows_out, 'row')} of ${days} in ${seconds.toFixed(1)} s`,
    ...outcome.outputs.flatMap(({ output, files, leftOut }) => [
      `  ${output.options.format.padEnd(13)} ${run.location}/${output.key}  ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}${files.length === 1 ? '' : ` in ${counted(files.length, 'file')}`}`,
      ...Object.entries(leftOut).map(
        ([why, rows]) => line`    ${styled('yellow', `left out: ${counted(rows, 'row')}: ${why}`)}`,
      ),
    ]),
    ...(outcome.rowsWithoutTime === 0
      ? []
      : [note(`not chosen: ${counted(outcome.rowsWithoutTime, 'row')} whose time cannot be read`)]),
    ...outcome.absent.map(({ column, days }) => note(absentText(column, days))),
    ...(run.rows_out === 0 ? [note('no row matches: the files are valid, and have no rows')] : []),
  ]
}

function note(text: string): Line {
  return line`  ${styled('yellow', text)}`
}

/** Days beyond this are counted. */
const DAYS_NAMED = 5

function absentText(column: string, days: readonly string[]): string {
  if (days.length === 0) return `${column}: null in every row of these days`
  const more = days.length > DAYS_NAMED ? ` and ${days.length - DAYS_NAMED} more` : ''
  return `${column}: no such column on ${days.slice(0, DAYS_NAMED).join(', ')}${more}: null there`
}
