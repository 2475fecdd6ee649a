import { DaysealError } from '../lib/errors.ts'
import type { ExportSettings } from '../lib/export/settings.ts'
import { openStore } from '../lib/store/open-store.ts'
import type { Context, Result } from './context.ts'
import type { DayTask } from './each-day.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor, worstExitCode } from './exit-code.ts'

type Flags = { readonly json: boolean; readonly verbose: boolean; readonly dryRun: boolean }

/**
 * Seals a day by `sealTask`, and runs the exports of its dataset that follow each seal, for that day. That they are to follow
 * is noted in `_state/after-seal/` before the seal begins, so that a run that is cut in between is made good by the next, also by
 * one that finds the day sealed. An export that fails leaves the day sealed and the other exports done, and the result says so.
 */
export async function withExports(
  task: DayTask,
  flags: Flags,
  context: Context,
  sealTask: () => Promise<Result>,
): Promise<Result> {
  const { dataset, date } = task
  const following = dataset.exports.filter(({ afterSeal }) => afterSeal)
  if (following.length === 0 || flags.dryRun) return sealTask()
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3 })
  const note = `_state/after-seal/${dataset.name}/${date}.json`
  const wasCut = (await out.putIfAbsent(note, Buffer.from('{}\n'))).kind === 'conflict'
  const sealed = await sealTask()
  const { outcome } = sealed.json
  if (outcome === 'refused' && wasCut) return sealed
  const isDue = outcome === 'sealed' || (outcome === 'already-sealed' && wasCut)
  const result = isDue ? await runFollowing(task, following, sealed, wasCut, flags, context) : sealed
  await out.delete(note)
  return result
}

async function runFollowing(
  { dataset, date, about }: DayTask,
  following: readonly ExportSettings[],
  sealed: Result,
  wasCut: boolean,
  flags: Flags,
  context: Context,
): Promise<Result> {
  const { exportOne } = await import('./runs/export.ts')
  const codes = [sealed.exitCode]
  const exports: Result['json'][] = []
  for (const settings of following) {
    const task = { dataset, settings, about: `${about} ${settings.name}` }
    // An incremental export knows by itself whether it has had the day.
    const isKnown = wasCut && settings.incremental !== undefined
    const days = { date: isKnown ? [] : [date], from: undefined, to: undefined }
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
