import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as z from 'zod'
import { DaysealError } from '../../lib/errors.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { markdownReport, textReport } from '../../lib/verify/report.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { verify } from '../../lib/verify/verify.ts'
import { colouredMarks } from '../coloured-marks.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, tasksFor } from '../each-day.ts'
import { addCommonFlags, commonFlags, once, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { showProgress } from '../progress.ts'
import { addRemoteFlags, isRemote, remoteFlags } from '../remote-flags.ts'

const verifyFlags = commonFlags.extend({
  source: z.boolean().default(false),
  report: z.string().optional(),
  sample: z.number().optional(),
  seed: z.number().optional(),
})
const allFlags = verifyFlags.extend(remoteFlags)

type VerifyFlags = z.infer<typeof verifyFlags>

export const verifyCommand: AddCommand = (program, context, onResult) => {
  const command = addCommonFlags(program.command('verify').summary('check a sealed day').description(DESCRIPTION))
  addRemoteFlags(command, 'have the deployed system verify')
    .optionsGroup('Verifying:')
    .option('--source', 'read the archive again too: every file is re-hashed, and the sampled rows are compared')
    .addOption(once('--report <FILE>', 'also write the verdict as Markdown'))
    .option('--sample <N>', 'rows that are looked at one by one (default: 1000)', wholeNumber('--sample', 0, 1_000_000))
    .option('--seed <N>', 'which rows these are (default: 1)', wholeNumber('--seed', 0, 2 ** 32 - 1))
    .action(async (raw: unknown) => onResult(await run(allFlags.parse(raw), context)))
}

const DESCRIPTION = `Reads a sealed day back and checks it against its manifest and the dataset's rules.
Nothing is written but the report. Exit code 1 when a check fails.`

async function run(flags: z.infer<typeof allFlags>, context: Context): Promise<Result> {
  const { report, sample, seed } = flags
  if (!isRemote(flags, { report, sample, seed })) return runVerify(flags, context)
  return (await import('./verify-remote.ts')).verifyRemote(flags, context)
}

async function runVerify(flags: VerifyFlags, context: Context): Promise<Result> {
  const dates = daysOf(flags, context.now)
  const datasets = await chooseDatasets(flags, context.cwd, flags.source)
  const verdicts: Verdict[] = []
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  const result = await eachDay('verify', tasksFor(datasets, dates), options, async (task) => {
    const verdict = await verifyDay(task, flags, context)
    verdicts.push(verdict)
    if (!flags.json)
      context.stdout.write(colouredMarks(textReport(verdict, { verbose: flags.verbose }), context.stdout))
    return { exitCode: verdict.result === 'failed' ? 1 : 0, json: { ...verdict } }
  })
  if (flags.report !== undefined) await writeReport(resolve(context.cwd, flags.report), verdicts)
  return result
}

async function verifyDay(task: DayTask, flags: VerifyFlags, context: Context): Promise<Verdict> {
  const progress = showProgress(context, task.about)
  const { archive, out, s3 } = task.dataset
  try {
    return await verify({
      dataset: task.dataset,
      out: openStore(out, { s3 }),
      ...(flags.source ? { archive: openStore(archive.location, { s3 }) } : {}),
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
    const seen = cause instanceof Error ? cause.message : String(cause)
    throw new DaysealError('storage', `cannot write the report ${file}`, { seen, cause })
  }
}
