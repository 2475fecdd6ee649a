import { hourRanges } from '../../lib/archive/hour-ranges.ts'
import { DAY_STATES, type DayState, type DayStatus } from '../../lib/catalog/day-status.ts'

import { datasetStatus, type DatasetStatus as Found } from '../../lib/catalog/status.ts'
import type { UploadsStatus } from '../../lib/catalog/uploads-status.ts'
import { bytes, count, counted } from '../amounts.ts'
import type { StatusFlags } from '../commands/status.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf, rangeOf } from '../day-list.ts'

import { type FailingDay, failingLine, parseFailOn } from '../fail-on.ts'

import { type Line, type Style, styled } from '../line.ts'

import { isRemote } from '../remote-flags.ts'
import { type Cell, table } from '../table.ts'

const COLOURS: Readonly<Record<DayState, Style>> = {
  sealed: 'green',
  partial: 'yellow',
  stale: 'magenta',
  damaged: 'red',
  unsealed: 'cyan',
  waiting: 'blue',
  incomplete: 'yellow',
  missing: 'red',
  open: 'blue',
}

interface DatasetStatus extends Found {
  readonly dataset: string
}

export async function runStatus(flags: StatusFlags, context: Context): Promise<Result> {
  if (!isRemote(flags, {})) return statusLocally(flags, parseFailOn(flags.failOn, DAY_STATES), context)
  return (await import('./status-remote.ts')).statusRemote(flags, context)
}

async function statusLocally(flags: StatusFlags, failOn: readonly DayState[], context: Context): Promise<Result> {
  const dates = flags.date.length > 0 ? daysOf(flags, context.now) : undefined
  const range = dates === undefined ? rangeOf(flags) : { from: dates[0]!, to: dates.at(-1)! }
  const results: DatasetStatus[] = []
  for (const dataset of await chooseDatasets(flags, context, true)) {
    const { days, uploads } = await datasetStatus({ dataset, ...range, now: context.now, signal: context.signal })
    results.push({ dataset: dataset.name, days: days.filter(({ date }) => dates?.includes(date) ?? true), uploads })
  }
  if (!flags.json) context.stdout.print(results.flatMap(lines))
  const failing = results.map(({ dataset, days }) => ({ dataset, days: days.filter((day) => failsOn(day, failOn)) }))
  for (const { dataset, days } of failing) {
    if (days.length > 0) context.stderr.print([failingLine(dataset, days.map(failingDay))])
  }
  const isDamaged = results.some(({ days }) => days.some((day) => day.state === 'damaged'))
  const exitCode = isDamaged ? 1 : failing.some(({ days }) => days.length > 0) ? 3 : 0
  return { exitCode, json: { command: 'status', exit_code: exitCode, datasets: results.map(statusJson) } }
}

/** Hours of a day are missing too. */
function failsOn({ state }: DayStatus, failOn: readonly DayState[]): boolean {
  return failOn.includes(state) || (state === 'incomplete' && failOn.includes('missing'))
}

function failingDay(day: DayStatus): FailingDay {
  return { date: day.date, text: [day.state, ...saysOf(day)].join(', ') }
}

/** What there is to say of a day, besides its numbers. */
function saysOf({ missing_hours: missing, note }: DayStatus): string[] {
  return [...(missing.length > 0 ? [`missing ${hourRanges(missing)}`] : []), ...(note === undefined ? [] : [note])]
}

function statusJson({ dataset, days, uploads }: DatasetStatus) {
  return {
    dataset,
    days: days.map(({ date, note, ...rest }) => ({ date_utc: date, ...rest, note: note ?? null })),
    ...(uploads === undefined ? {} : { uploads: uploadsJson(uploads) }),
  }
}

function uploadsJson({ inFlight, refused, held, unexpected, quarantined }: UploadsStatus) {
  return {
    in_flight: inFlight,
    refused,
    held,
    unexpected_keys: unexpected,
    quarantined_uploads: quarantined.uploads,
    quarantined_events: quarantined.events,
  }
}

function lines({ dataset, days, uploads }: DatasetStatus): readonly Line[] {
  const ofUploads = uploads === undefined ? [] : uploadsLines(uploads)
  if (days.length === 0)
    return [`${dataset}: no days: the archive has no hour files, and nothing is sealed`, ...ofUploads]
  const bold = (text: string) => styled('bold', text)
  const head = ['day (UTC)', '', 'state', 'generation', 'hours', 'rows', 'size', ''].map(bold)
  return [[bold(dataset)], ...table([head, ...runsOf(days).map(cells)], [3, 4, 5, 6]), summary(days), ...ofUploads]
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

function cells(run: Run): readonly Cell[] {
  const day = run[0]
  const state = styled(COLOURS[day.state], day.state)
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
    saysOf(day).join('; '),
  ]
}

function summary(days: readonly DayStatus[]): string {
  const states = Object.keys(COLOURS).map((state) => [state, days.filter((day) => day.state === state).length] as const)
  const counts = states.filter(([, n]) => n > 0).map(([state, n]) => `${n} ${state}`)
  return `${counted(days.length, 'day')}: ${counts.join(', ')}`
}

function uploadsLines({ inFlight, refused, held, unexpected, quarantined }: UploadsStatus): string[] {
  const events = `${counted(quarantined.events, 'event')} quarantined of ${counted(quarantined.uploads, 'upload')}`
  const others = unexpected.length > 0 ? `; ignored: ${unexpected.join(', ')}` : ''
  return [
    `uploads: ${inFlight} in flight, ${refused} refused, ${held.length} held, ${events}${others}`,
    ...held.map(({ key, reason }) => `  held: ${key}: ${reason}`),
  ]
}

function weekday(date: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })
}
