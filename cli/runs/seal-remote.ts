import { hourRanges } from '../../lib/archive/hour-ranges.ts'
import { counted } from '../amounts.ts'
import type { Context, Result } from '../context.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, eachTask, tasksFor } from '../each-day.ts'
import { type Line, line, styled } from '../line.ts'
import { startExecution } from '../remote/execution.ts'
import { type RemoteSeal, sealOutcome } from '../remote/seal-day.ts'
import { chooseRemote, type RemoteDataset } from '../remote-choice.ts'
import type { SealRemoteFlags } from '../remote-flags.ts'
import { type RangeTask, sealRange, startedExecution } from '../seal-range.ts'
import { watchExecution } from '../watch-execution.ts'

/** Has the deployed system seal: each day by an execution of SealDay, a range of days by one of Backfill. */
export async function sealRemote(flags: SealRemoteFlags, context: Context): Promise<Result> {
  const dates = daysOf(flags, context.now)
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  if (flags.from === undefined || dates.length === 1) {
    const tasks = tasksFor(await chooseRemote(flags, context), dates)
    return eachDay('seal', tasks, options, (task) => sealDay(task, flags, context))
  }
  const datasets = await chooseRemote(flags, context)
  const [from, to] = [dates[0]!, dates.at(-1)!]
  const tasks = datasets.map((dataset) => ({ dataset, dates, about: `${dataset.name} ${from} to ${to}` }))
  const headOf = ({ dataset }: RangeTask) => ({ dataset: dataset.name, from, to })
  const { exitCode, results } = await eachTask(tasks, headOf, options, (task) => sealRange(task, flags, context))
  return { exitCode, json: { command: 'seal', exit_code: exitCode, ranges: results } }
}

async function sealDay(task: DayTask<RemoteDataset>, flags: SealRemoteFlags, context: Context): Promise<Result> {
  const { dataset, date, about } = task
  const { system } = dataset
  const input = { dataset: dataset.name, date }
  context.signal.throwIfAborted()
  const arn = await startExecution(system, system.sealDayArn, context.newId(), input)
  if (!flags.wait) return startedExecution(about, arn, flags, context)
  const outcome = sealOutcome(await watchExecution(dataset, arn, about, context))
  const json = { execution_arn: arn }
  if (outcome.kind === 'incomplete') {
    context.stderr.print([`dayseal: ${about}: ${refusal(outcome)}`])
    const { found: hours_found, wanted: hours_wanted, missing: missing_hours, uploads } = outcome
    const hours = { hours_found, hours_wanted, missing_hours }
    return { exitCode: 3, json: { ...json, outcome: 'refused', ...hours, ...(uploads === null ? {} : { uploads }) } }
  }
  if (!flags.json) context.stdout.print(sealedLines(about, outcome))
  const { kind, dataset: _, date: __, missing, ...facts } = outcome.seal
  return {
    exitCode: 0,
    json: { ...json, outcome: kind, ...facts, missing_hours: missing, verdict: outcome.verdict },
  }
}

function refusal({ isOver, found, wanted, missing, uploads }: RemoteSeal & { kind: 'incomplete' }): string {
  if (!isOver) return 'not sealed (today guard): the UTC day is not over; seal it tomorrow'
  if (uploads !== null) return `not sealed (uploads guard): ${uploads}`
  const have = `the archive has ${found} of 24 hours, and ${wanted} are wanted`
  return `not sealed (24-hour guard): ${have}; missing: ${hourRanges(missing)}`
}

function sealedLines(about: string, { seal, verdict }: RemoteSeal & { kind: 'sealed' }): readonly Line[] {
  const name = styled('bold', about)
  const { kind, generation, row_count, rows_quarantined, missing } = seal
  const rows = `${counted(row_count, 'row')}, verified`
  const notes = [
    ...(verdict === 'warned' ? ['verified with warnings: `dayseal verify` names them'] : []),
    ...(missing.length > 0 ? [`partial: missing ${hourRanges(missing)}`] : []),
    ...(rows_quarantined > 0 ? [`quarantined ${counted(rows_quarantined, 'line')}`] : []),
  ]
  return [
    kind === 'sealed'
      ? line`${name}  ${styled('green', 'sealed')} as generation ${generation}: ${rows}`
      : line`${name}  already sealed as generation ${generation}: ${rows}`,
    ...notes.map((note) => line`  ${styled('yellow', note)}`),
  ]
}
