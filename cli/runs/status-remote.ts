import type { DayRecord } from '../../lib/catalog/day-record.ts'
import type { RunRecord } from '../../lib/catalog/run-record.ts'
import { bytes, count, counted } from '../amounts.ts'

import type { StatusFlags } from '../commands/status.ts'

import type { Context, Result } from '../context.ts'
import { daysOf, rangeOf } from '../day-list.ts'
import { type FailingDay, failingLine, parseFailOn } from '../fail-on.ts'
import { type Line, type Style, styled } from '../line.ts'
import { systemCatalog } from '../remote/system-catalog.ts'
import { chooseRemote } from '../remote-choice.ts'
import { type Cell, table } from '../table.ts'

const RUNS_SHOWN = 10
const ALL_DAYS = { from: '0001-01-01', to: '9999-12-31' }

interface RemoteStatus {
  readonly dataset: string
  readonly days: readonly DayRecord[]
  /** Newest first. */
  readonly runs: readonly RunRecord[]
}

/** Shows what the catalog of the deployed system knows. */
export async function statusRemote(flags: StatusFlags, context: Context): Promise<Result> {
  const failOn = parseFailOn(flags.failOn, STATES)
  const { now, newId, signal, stdout } = context
  const dates = flags.date.length > 0 ? daysOf(flags, now) : undefined
  const { from, to } = {
    ...ALL_DAYS,
    ...(dates === undefined ? rangeOf(flags) : { from: dates[0]!, to: dates.at(-1)! }),
  }
  const results: RemoteStatus[] = []
  for (const { system, ...owner } of await chooseRemote(flags, context)) {
    const dataset = owner.name
    const catalog = await systemCatalog(owner, system, newId)
    const days = (await catalog.days(dataset, from, to, signal)).filter(({ date }) => dates?.includes(date) ?? true)
    const runs = await catalog.runs(dataset, { limit: RUNS_SHOWN, ...(from === to ? { date: from } : {}) }, signal)
    results.push({ dataset, days, runs })
  }
  if (!flags.json) stdout.print(results.flatMap(lines))
  const failing = results.map(({ dataset, days }) => ({
    dataset,
    days: days.filter(({ state }) => failOn.includes(state)),
  }))
  for (const { dataset, days } of failing) {
    if (days.length > 0) context.stderr.print([failingLine(dataset, days.map(failingDay))])
  }
  const exitCode = failing.some(({ days }) => days.length > 0) ? 3 : 0
  return { exitCode, json: { command: 'status', exit_code: exitCode, datasets: results.map(statusJson) } }
}

function statusJson({ dataset, days, runs }: RemoteStatus) {
  return {
    dataset,
    days: days.map(({ dataset: _, date, version: __, ...rest }) => ({ date_utc: date, ...rest })),
    runs: runs.map(({ dataset: _, date, ...rest }) => ({ date_utc: date, ...rest })),
  }
}

const COLOURS: Readonly<Record<DayRecord['state'], Style>> = {
  open: 'blue',
  sealing: 'cyan',
  sealed: 'green',
  stale: 'magenta',
  incomplete: 'yellow',
  failed: 'red',
}

const STATES = Object.keys(COLOURS) as readonly DayRecord['state'][]

function failingDay({ date, state, note }: DayRecord): FailingDay {
  return { date, text: [state, ...(note === null ? [] : [note])].join(', ') }
}

function lines({ dataset, days, runs }: RemoteStatus): readonly Line[] {
  if (days.length === 0) return [`${dataset}: no days: the catalog knows of none`]
  const bold = (text: string) => styled('bold', text)
  const head = ['day (UTC)', 'state', 'generation', 'hours', 'rows', 'size', ''].map(bold)
  const states = STATES.map((state) => [state, days.filter((day) => day.state === state).length] as const)
  const counts = states.filter(([, n]) => n > 0).map(([state, n]) => `${n} ${state}`)
  return [
    [bold(dataset)],
    ...table([head, ...days.map(dayCells)], [2, 3, 4, 5]),
    `${counted(days.length, 'day')}: ${counts.join(', ')}`,
    ...(runs.length === 0 ? [] : ['', ...table([RUN_HEAD.map(bold), ...runs.map(runCells)])]),
  ]
}

function dayCells(day: DayRecord): readonly Cell[] {
  return [
    day.date,
    styled(COLOURS[day.state], day.state),
    day.generation === null ? '' : String(day.generation),
    `${day.hours_found}/24`,
    day.row_count === null ? '' : count(day.row_count),
    day.parquet_size_bytes === null ? '' : bytes(day.parquet_size_bytes),
    day.note ?? '',
  ]
}

const RUN_HEAD = ['last runs (UTC)', 'what', 'day (UTC)', 'outcome', '']

function runCells({ started, kind, date, outcome, detail }: RunRecord): string[] {
  const start = started.replace('T', ' ').slice(0, 19)
  return [start, kind, date ?? '', outcome ?? 'goes on', detail ?? '']
}
