import { canonicalJson } from '../../lib/canonical-json.ts'
import type { Converter } from '../../lib/convert/convert-hours.ts'
import { convertHereAndInThreads } from '../../lib/convert/convert-in-threads.ts'
import { DaysealError } from '../../lib/errors.ts'
import type { SealOutcome } from '../../lib/seal/outcome.ts'
import { seal } from '../../lib/seal/seal.ts'
import { withExports } from '../after-seal.ts'
import type { SealFlags } from '../commands/seal.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets, withQuarantineLimit } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { type DayTask, eachDay, tasksFor } from '../each-day.ts'
import { errorJson, reportError } from '../error-report.ts'
import { exitCodeFor } from '../exit-code.ts'
import { showProgress } from '../progress.ts'
import { isRemote } from '../remote-flags.ts'
import { refusal, sealJson, sealLines } from '../seal-report.ts'
import { uploadPlace, uploadTask } from '../upload.ts'

export async function runSeal(flags: SealFlags, context: Context): Promise<Result> {
  const { allowIncomplete, minHours, dryRun, force, workers, maxQuarantine, allowRemoval, upload } = flags
  const locals = { allowIncomplete, minHours, dryRun, force, workers, maxQuarantine, allowRemoval, upload }
  if (isRemote(flags, locals)) return (await import('./seal-remote.ts')).sealRemote(flags, context)
  if (flags.wait) return sealLocally(flags, context)
  throw new DaysealError('usage', '--no-wait is given without --remote', { wanted: 'both, or neither' })
}

async function sealLocally(flags: SealFlags, context: Context): Promise<Result> {
  const dates = daysOf(flags, context.now)
  const datasets = (await chooseDatasets(flags, context, true)).map((dataset) =>
    withQuarantineLimit(dataset, flags.maxQuarantine),
  )
  const place = uploadPlace(flags.upload, datasets, flags.dryRun, context.cwd)
  const converter = convertHereAndInThreads(flags.workers)
  try {
    const sealAndUpload = async (task: DayTask) => {
      const sealed = await sealDay(task, converter, flags, context)
      if (sealed.exitCode !== 0 || place === undefined) return sealed
      return withUpload(task, place, sealed, flags, context)
    }
    const sealTask = (task: DayTask) => withExports(task, flags, context, () => sealAndUpload(task))
    return await eachDay('seal', tasksFor(datasets, dates), { context, verbose: flags.verbose, atOnce: 1 }, sealTask)
  } finally {
    await converter.close()
  }
}

async function sealDay(task: DayTask, converter: Converter, flags: SealFlags, context: Context): Promise<Result> {
  const progress = await showProgress(context, task.about)
  let outcome: SealOutcome
  try {
    outcome = await seal({
      dataset: task.dataset,
      date: task.date,
      now: context.now,
      newId: context.newId,
      signal: context.signal,
      allowIncomplete: flags.allowIncomplete,
      ...(flags.minHours === undefined ? {} : { minHours: flags.minHours }),
      force: flags.force,
      dryRun: flags.dryRun,
      allowRemoval: flags.allowRemoval,
      converter,
      onProgress: (step) => progress.update(step),
    })
  } finally {
    progress.stop()
  }
  say(task, outcome, flags, context)
  return { exitCode: outcome.kind === 'refused' ? 3 : 0, json: sealJson(outcome) }
}

/** An upload that fails leaves the day sealed here, and its result says so. */
async function withUpload(
  task: DayTask,
  place: string,
  { exitCode, json }: Result,
  flags: SealFlags,
  context: Context,
): Promise<Result> {
  try {
    const upload = await uploadTask(task, place, context)
    if (!flags.json) context.stdout.print([upload.line])
    return { exitCode, json: { ...json, upload: upload.json } }
  } catch (error) {
    const failed = exitCodeFor(error, context.signal)
    if (failed > 128 || !(error instanceof DaysealError)) throw error
    reportError(context.stderr, error, flags.verbose, `${task.about}: not uploaded`)
    const upload = { location: place, outcome: 'failed', error: errorJson(error) }
    return { exitCode: failed, json: { ...json, upload } }
  }
}

function say(task: DayTask, outcome: SealOutcome, flags: SealFlags, { stdout, stderr }: Context): void {
  if (outcome.kind === 'refused') {
    stderr.print([`dayseal: ${task.about}: ${refusal(outcome)}`])
  } else if (flags.json) {
    return
  } else if (outcome.kind === 'dry-run') {
    const what = outcome.wouldBe === 'sealed' ? 'this manifest would be committed' : 'already sealed; nothing would be'
    stderr.print([`${task.about}: dry run, nothing was committed; ${what}`])
    stdout.printJson(Buffer.from(canonicalJson(outcome.manifest)).toString())
  } else {
    stdout.print(sealLines(task.about, task.dataset.out, outcome))
  }
}
