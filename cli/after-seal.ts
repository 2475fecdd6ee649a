import { DaysealError } from '../lib/errors.ts'
import type { Context, Result } from './context.ts'
import type { DayTask } from './each-day.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor, worstExitCode } from './exit-code.ts'

/**
 * Runs the exports of a dataset that follow each seal, for the day that was sealed. One that fails leaves the day sealed and the
 * other exports done, and the result says so.
 */
export async function withExports(
  { dataset, date, about }: DayTask,
  sealed: Result,
  flags: { readonly json: boolean; readonly verbose: boolean },
  context: Context,
): Promise<Result> {
  const following = dataset.exports.filter(({ afterSeal }) => afterSeal)
  if (sealed.json.outcome !== 'sealed' || following.length === 0) return sealed
  const { exportOne } = await import('./runs/export.ts')
  const codes = [sealed.exitCode]
  const exports: Result['json'][] = []
  for (const settings of following) {
    const task = { dataset, settings, about: `${about} ${settings.name}` }
    const days = { date: [date], from: undefined, to: undefined }
    try {
      const done = await exportOne(task, settings.name, { ...days, full: false, json: flags.json }, context)
      codes.push(done.exitCode)
      exports.push({ export: settings.name, ...done.json })
    } catch (error) {
      const failed = exitCodeFor(error, context.signal)
      if (failed > 128 || !(error instanceof DaysealError)) throw error
      reportError(context.stderr, error, flags.verbose, `${about}: not exported as ${settings.name}`)
      codes.push(failed)
      exports.push({ export: settings.name, outcome: 'failed', error: errorJson(error) })
    }
  }
  return { exitCode: worstExitCode(codes), json: { ...sealed.json, exports } }
}
