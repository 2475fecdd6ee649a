import { styleText } from 'node:util'
import type * as z from 'zod'
import type { DayState, DayStatus } from '../../lib/catalog/day-status.ts'
import { datasetStatus, type DatasetStatus as Found } from '../../lib/catalog/status.ts'
import type { UploadsStatus } from '../../lib/catalog/uploads-status.ts'
import { printable } from '../../lib/printable.ts'
import { bytes, count, counted } from '../amounts.ts'
import type { Context, Output, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf, rangeOf } from '../day-list.ts'
import { addCommonFlags, commonFlags } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addRemoteFlags, isRemote, remoteFlags } from '../remote-flags.ts'
import { table } from '../table.ts'

type StatusFlags = z.infer<typeof commonFlags>

const allFlags = commonFlags.extend(remoteFlags)

export const statusCommand: AddCommand = (program, context, onResult) => {
  const command = program.command('status').summary('show the state of every day').description(DESCRIPTION)
  addRemoteFlags(addCommonFlags(command), "show what the deployed system's catalog knows, and its last runs").action(
    async (raw: unknown) => onResult(await run(allFlags.parse(raw), context)),
  )
}

const DESCRIPTION = `Lists the days of the archive and of what was sealed, with the state of each:
  sealed    complete, and the archive looks as it did then
  partial   the same, sealed with hours missing
  stale     sealed, but the archive has new or maybe changed files; "dayseal seal" finds out
  damaged   sealed, but its manifest cannot be read
  unsealed  ready to be sealed
  open      not over yet, with fewer hours than wanted, or with uploads that may still come
  missing   nothing in the archive and no seal, between days that have them
Without --date, --from or --to: all days. Only listings and manifests are read; "dayseal verify" reads the data.
Of a dataset with uploads, whatever the days: how many are in flight (put there and not partitioned yet), how many were
refused, and what was quarantined of the others, for which the ledgers of uploads with a quarantine are read.
With --remote the catalog's days: open, sealing, sealed, stale, incomplete or failed; and the last runs.`

const COLOURS: Readonly<Record<DayState, Parameters<typeof styleText>[0]>> = {
  sealed: 'green',
  partial: 'yellow',
  stale: 'magenta',
  damaged: 'red',
  unsealed: 'cyan',
  open: 'blue',
  missing: 'red',
}

interface DatasetStatus extends Found {
  readonly dataset: string
}

async function run(flags: z.infer<typeof allFlags>, context: Context): Promise<Result> {
  if (!isRemote(flags, {})) return runStatus(flags, context)
  return (await import('./status-remote.ts')).statusRemote(flags, context)
}

async function runStatus(flags: StatusFlags, context: Context): Promise<Result> {
  const dates = flags.date.length > 0 ? daysOf(flags, context.now) : undefined
  const range = dates === undefined ? rangeOf(flags) : { from: dates[0]!, to: dates.at(-1)! }
  const results: DatasetStatus[] = []
  for (const dataset of await chooseDatasets(flags, context.cwd, true)) {
    const { days, uploads } = await datasetStatus({ dataset, ...range, now: context.now, signal: context.signal })
    results.push({ dataset: dataset.name, days: days.filter(({ date }) => dates?.includes(date) ?? true), uploads })
  }
  if (!flags.json) context.stdout.write(`${results.flatMap((result) => lines(result, context.stdout)).join('\n')}\n`)
  const isDamaged = results.some(({ days }) => days.some((day) => day.state === 'damaged'))
  const exitCode = isDamaged ? 1 : 0
  return { exitCode, json: { command: 'status', exit_code: exitCode, datasets: results.map(statusJson) } }
}

function statusJson({ dataset, days, uploads }: DatasetStatus) {
  return {
    dataset,
    days: days.map(({ date, note, ...rest }) => ({ date_utc: date, ...rest, note: note ?? null })),
    ...(uploads === undefined ? {} : { uploads: uploadsJson(uploads) }),
  }
}

function uploadsJson({ inFlight, refused, unexpected, quarantined }: UploadsStatus) {
  return {
    in_flight: inFlight,
    refused,
    unexpected_keys: unexpected,
    quarantined_uploads: quarantined.uploads,
    quarantined_events: quarantined.events,
  }
}

function lines({ dataset, days, uploads }: DatasetStatus, stdout: Output): string[] {
  const uploadsLines = uploads === undefined ? [] : [uploadsLine(uploads)]
  if (days.length === 0)
    return [`${dataset}: no days: the archive has no hour files, and nothing is sealed`, ...uploadsLines]
  const bold = (text: string) => styleText('bold', text, { stream: stdout })
  const head = ['day (UTC)', '', 'state', 'generation', 'hours', 'rows', 'size', ''].map(bold)
  return [
    bold(dataset),
    ...table([head, ...runsOf(days).map((run) => cells(run, stdout))], [3, 4, 5, 6]),
    summary(days),
    ...uploadsLines,
  ]
}

type Run = readonly [first: DayStatus, ...DayStatus[]]

/** More missing days than this in a row are one line. */
const MISSING_SHOWN = 3

/** Each day by itself, but long gaps as one. */
function runsOf(days: readonly DayStatus[]): Run[] {
  const runs: [DayStatus, ...DayStatus[]][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (day.state === 'missing' && run?.[0].state === 'missing') run.push(day)
    else runs.push([day])
  }
  return runs.flatMap((run): Run[] => (run.length > MISSING_SHOWN ? [run] : run.map((day) => [day])))
}

function cells(run: Run, stdout: Output): string[] {
  const day = run[0]
  const state = styleText(COLOURS[day.state], day.state, { stream: stdout })
  if (run.length > 1)
    return [day.date, '', state, '', '', '', '', `${counted(run.length, 'day')}, to ${run.at(-1)!.date}`]
  return [
    day.date,
    weekday(day.date),
    state,
    day.generation === null ? '' : String(day.generation),
    day.state === 'missing' ? '' : `${day.hours_found}/24`,
    day.rows === null ? '' : count(day.rows),
    day.bytes === null ? '' : bytes(day.bytes),
    printable(day.note ?? ''),
  ]
}

function summary(days: readonly DayStatus[]): string {
  const states = Object.keys(COLOURS).map((state) => [state, days.filter((day) => day.state === state).length] as const)
  const counts = states.filter(([, n]) => n > 0).map(([state, n]) => `${n} ${state}`)
  return `${counted(days.length, 'day')}: ${counts.join(', ')}`
}

function uploadsLine({ inFlight, refused, unexpected, quarantined }: UploadsStatus): string {
  const events = `${counted(quarantined.events, 'event')} quarantined of ${counted(quarantined.uploads, 'upload')}`
  const others = unexpected.length > 0 ? `; ignored: ${unexpected.map(printable).join(', ')}` : ''
  return `uploads: ${inFlight} in flight, ${refused} refused, ${events}${others}`
}

function weekday(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })
}
