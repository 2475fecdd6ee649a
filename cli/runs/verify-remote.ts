import type { VerifiedDay } from '../../lib/service/verify-days.ts'
import type { Context, Result } from '../context.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, tasksFor } from '../each-day.ts'
import { type Line, line, styled } from '../line.ts'
import { verifyRemotely } from '../remote/verify-day.ts'
import { chooseRemote, type RemoteDataset } from '../remote-choice.ts'
import type { VerifyRemoteFlags } from '../remote-flags.ts'

/** Each day is a call of its own, which may take the function's 15 minutes. */
const CALLS_AT_ONCE = 4

/** Has the deployed function verify each day. */
export async function verifyRemote(flags: VerifyRemoteFlags, context: Context): Promise<Result> {
  const dates = daysOf(flags, context.now)
  const tasks = tasksFor(await chooseRemote(flags, context), dates)
  const options = { context, verbose: flags.verbose, atOnce: CALLS_AT_ONCE }
  return eachDay('verify', tasks, options, (task) => verifyDay(task, flags, context))
}

async function verifyDay(
  task: DayTask<RemoteDataset>,
  flags: VerifyRemoteFlags,
  { stdout, signal }: Context,
): Promise<Result> {
  const { dataset, date } = task
  const { name, system } = dataset
  const verified = await verifyRemotely(system, { dataset: name, date, source: flags.source, signal })
  if (!flags.json) stdout.print(lines(name, verified))
  const { date: _, ...facts } = verified
  return { exitCode: verified.result === 'failed' ? 1 : 0, json: facts }
}

const COLOURS = { passed: 'green', warned: 'yellow', failed: 'red' } as const

function lines(name: string, day: VerifiedDay): readonly Line[] {
  const { date, generation, result, failed_checks, warned_checks } = day
  const seal = generation === null ? 'never sealed' : `generation ${generation}`
  return [
    line`${name} ${date}: ${styled(COLOURS[result], result)} (${seal})`,
    ...(failed_checks.length > 0 ? [`  failed: ${failed_checks.join(', ')}`] : []),
    ...(warned_checks.length > 0 ? [`  warned: ${warned_checks.join(', ')}`] : []),
  ]
}
