import type { Dataset } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import { lastDayOlderThan, parseAge } from '../../lib/export/archive/age.ts'
import { offloadDay } from '../../lib/export/archive/offload-day.ts'
import { planOffload, sealedDays } from '../../lib/export/archive/plan-offload.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { archivePlace, onlyDataset } from '../archive-place.ts'
import type { OffloadFlags } from '../commands/offload.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf, rangeOf } from '../day-list.ts'
import { type DayTask, eachDay } from '../each-day.ts'
import { offloadExitCode, offloadJson, offloadLines, planJson, planLine } from '../offload-report.ts'
import { showProgress } from '../progress.ts'

export async function runOffload(flags: OffloadFlags, context: Context): Promise<Result> {
  const { olderThan, deleteSource, yes, dryRun, verbose, json } = flags
  if (olderThan === undefined) {
    throw new DaysealError('usage', '--older-than is missing', { wanted: 'an age in days or weeks: 30d, 4w' })
  }
  if (yes && !deleteSource) {
    throw new DaysealError('usage', '--yes is given without --delete-source', { wanted: 'both, or neither' })
  }
  const last = lastDayOlderThan(parseAge(olderThan), context.now)
  const datasets = await chooseDatasets(flags, context, true)
  if (flags.destination !== undefined) onlyDataset(datasets, '--destination')
  const tasks = await tasksOf(datasets, last, flags, context)
  if (tasks.length === 0 && !json) context.stdout.print([`no sealed day up to ${last}: nothing to offload`])
  const isUnconfirmed = deleteSource && !yes && !dryRun
  const work = dryRun || isUnconfirmed ? planTask : offloadTask
  const result = await eachDay('offload', tasks, { context, verbose, atOnce: 1 }, (task) => work(task, flags, context))
  if (!isUnconfirmed || result.exitCode !== 0) return result
  context.stderr.print(['dayseal: nothing was written or deleted: --delete-source deletes with --yes only'])
  return { exitCode: 2, json: { ...result.json, exit_code: 2 } }
}

/** Days that are named by themselves are not left out silently. */
async function tasksOf(
  datasets: readonly Dataset[],
  last: string,
  flags: OffloadFlags,
  { now, signal }: Context,
): Promise<readonly DayTask[]> {
  const named = flags.date.length > 0 ? daysOf(flags, now) : undefined
  const young = named?.find((date) => date > last)
  if (young !== undefined) {
    throw new DaysealError('guard', `${young} is not older than ${flags.olderThan}`, {
      wanted: `a day up to ${last}`,
      hint: 'wait, or choose a smaller --older-than',
    })
  }
  const { from, to = last } = rangeOf(flags)
  const tasks: DayTask[] = []
  for (const dataset of datasets) {
    const range = { from, to: to < last ? to : last }
    const dates = named ?? (await sealedDays(openStore(dataset.out, { s3: dataset.s3, signal }), range))
    const aboutOf = (date: string) => (datasets.length > 1 ? `${dataset.name} ${date}` : date)
    tasks.push(...dates.map((date) => ({ dataset, date, about: aboutOf(date) })))
  }
  return tasks
}

/** The places of a task's files. */
function placesOf({ dataset }: DayTask, flags: OffloadFlags, { cwd, signal }: Context) {
  const { archive, out, s3 } = dataset
  return {
    archive: openStore(archive.location, { s3, signal }),
    out: openStore(out, { s3, signal }),
    to: archivePlace(dataset, flags.destination, 'offloads/', { cwd, signal }),
  }
}

async function planTask(task: DayTask, flags: OffloadFlags, context: Context): Promise<Result> {
  const plan = await planOffload({ ...task, ...placesOf(task, flags, context) })
  if (!flags.json) context.stdout.print([planLine(task.about, plan, flags.deleteSource)])
  return { exitCode: plan.generation === null ? 3 : 0, json: planJson(plan) }
}

async function offloadTask(task: DayTask, flags: OffloadFlags, context: Context): Promise<Result> {
  const places = placesOf(task, flags, context)
  const progress = await showProgress(context, task.about)
  const outcome = await offloadDay({
    ...task,
    ...places,
    sources: flags.deleteSource ? 'delete' : 'keep',
    now: context.now,
    signal: context.signal,
    onProgress: (step) => progress.update(step),
  }).finally(() => progress.stop())
  const lines = offloadLines(task.about, places.to.store.location, outcome)
  if (outcome.kind === 'not-verified') context.stderr.print(lines)
  else if (!flags.json) context.stdout.print(lines)
  return { exitCode: offloadExitCode(outcome), json: offloadJson(places.to.store.location, outcome) }
}
