import { counted } from './amounts.ts'
import type { Context, Result } from './context.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor, worstExitCode } from './exit-code.ts'
import { type BackfilledDay, backfilledDays } from './remote/backfilled-days.ts'
import { startExecution } from './remote/execution.ts'
import { systemCatalog } from './remote/system-catalog.ts'
import type { RemoteDataset } from './remote-choice.ts'
import type { SealRemoteFlags } from './remote-flags.ts'
import { watchExecution } from './watch-execution.ts'

/** A dataset's days from the first to the last. */
export interface RangeTask {
  readonly dataset: RemoteDataset
  readonly dates: readonly string[]
  readonly about: string
}

/** Has the deployed system seal a range of days by one execution of Backfill, and says what came of each. */
export async function sealRange(
  { dataset, dates, about }: RangeTask,
  flags: SealRemoteFlags,
  context: Context,
): Promise<Result> {
  const { name, system } = dataset
  const { signal } = context
  const input = { dataset: name, from: dates[0], to: dates.at(-1) }
  signal.throwIfAborted()
  const arn = await startExecution(system, system.backfillArn, context.newId(), input)
  if (!flags.wait) return startedExecution(about, arn, flags, context)
  const end = await watchExecution(dataset, arn, about, context)
  const catalog = await systemCatalog(dataset, system, context.newId)
  const days = await backfilledDays(
    catalog,
    { dataset: name, dates, today: context.now.toISOString().slice(0, 10) },
    end,
    signal,
  )
  const results = days.map((day) => backfilled(day, name, flags, context))
  const exitCode = worstExitCode(results.map((result) => result.exitCode))
  return { exitCode, json: { execution_arn: arn, days: results.map(({ json }) => json) } }
}

/** Says what came of one day of a range. */
function backfilled(
  day: BackfilledDay,
  name: string,
  flags: SealRemoteFlags,
  { stdout, stderr, signal }: Context,
): Result {
  const { date } = day
  const about = `${name} ${date}`
  const end = (exitCode: number, facts: Result['json']) => ({
    exitCode,
    json: { date_utc: date, ...facts, exit_code: exitCode },
  })
  switch (day.kind) {
    case 'sealed': {
      const { generation, row_count, note } = day.day
      const said = note === null ? '' : `; ${note}`
      const sealed = `sealed, generation ${generation}: ${counted(row_count ?? 0, 'row')}${said}`
      if (!flags.json) stdout.print([`${about}  ${sealed}`])
      return end(0, { outcome: 'sealed', generation, row_count, note })
    }
    case 'incomplete':
      stderr.print([`dayseal: ${about}: not sealed: ${day.note}`])
      return end(3, { outcome: 'refused', note: day.note })
    case 'failed':
      reportError(stderr, day.error, flags.verbose, about)
      return end(exitCodeFor(day.error, signal), { outcome: 'failed', error: errorJson(day.error) })
  }
}

/** Says that an execution has begun that nobody watches. */
export function startedExecution(about: string, arn: string, { json }: SealRemoteFlags, { stdout }: Context): Result {
  if (!json) stdout.print([`${about}  started: ${arn}`])
  return { exitCode: 0, json: { outcome: 'started', execution_arn: arn } }
}
