import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DaysealError, messageOf } from '../../lib/errors.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { markdownReport, textReport } from '../../lib/verify/report.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { verify } from '../../lib/verify/verify.ts'
import { colouredMarks } from '../coloured-marks.ts'
import type { VerifyFlags } from '../commands/verify.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, tasksFor } from '../each-day.ts'
import type { Line } from '../line.ts'
import { showProgress } from '../progress.ts'
import { isRemote } from '../remote-flags.ts'

export async function runVerify(flags: VerifyFlags, context: Context): Promise<Result> {
  const { report, sample, seed } = flags
  if (!isRemote(flags, { report, sample, seed })) return verifyLocally(flags, context)
  return (await import('./verify-remote.ts')).verifyRemote(flags, context)
}

async function verifyLocally(flags: VerifyFlags, context: Context): Promise<Result> {
  const dates = daysOf(flags, context.now)
  const datasets = await chooseDatasets(flags, context, flags.source)
  const verdicts: Verdict[] = []
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  const result = await eachDay('verify', tasksFor(datasets, dates), options, async (task) => {
    const verdict = await verifyDay(task, flags, context)
    verdicts.push(verdict)
    if (!flags.json) context.stdout.print(reportLines(verdict, flags.verbose))
    return { exitCode: verdict.result === 'failed' ? 1 : 0, json: { ...verdict } }
  })
  if (flags.report !== undefined) await writeReport(resolve(context.cwd, flags.report), verdicts)
  return result
}

/** The report escapes what is in its lines. */
function reportLines(verdict: Verdict, verbose: boolean): readonly Line[] {
  return colouredMarks(textReport(verdict, { verbose }).replace(/\n$/, '').split('\n'))
}

async function verifyDay(task: DayTask, flags: VerifyFlags, context: Context): Promise<Verdict> {
  const progress = await showProgress(context, task.about)
  const { archive, out, s3 } = task.dataset
  const options = { s3, signal: context.signal }
  try {
    return await verify({
      dataset: task.dataset,
      out: openStore(out, options),
      ...(flags.source ? { archive: openStore(archive.location, options) } : {}),
      date: task.date,
      ...(flags.sample === undefined ? {} : { sample: flags.sample }),
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      signal: context.signal,
      onProgress: (step) => progress.update(step),
    })
  } finally {
    progress.stop()
  }
}

async function writeReport(file: string, verdicts: readonly Verdict[]): Promise<void> {
  try {
    await writeFile(file, verdicts.map((verdict) => markdownReport(verdict)).join('\n'))
  } catch (cause) {
    const seen = messageOf(cause)
    throw new DaysealError('storage', `cannot write the report ${file}`, { seen, cause })
  }
}
