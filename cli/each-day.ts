import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { Context, Result } from './context.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor, worstExitCode } from './exit-code.ts'

/** One dataset on one day. */
export interface DayTask {
  readonly dataset: Dataset
  readonly date: string
  /** What messages call it: the day, with the dataset's name where there are several. */
  readonly about: string
}

/**
 * Runs a command's work for every dataset on every day, one after the other. A day that fails is reported, and the
 * next one is tried; a wrong call, a bug or an interruption ends the run. The exit code is the worst of all.
 */
export async function eachDay(
  command: string,
  tasks: readonly DayTask[],
  context: Context,
  verbose: boolean,
  work: (task: DayTask) => Promise<Result>,
): Promise<Result> {
  const days: Result['json'][] = []
  const codes: number[] = []
  for (const task of tasks) {
    const head = { dataset: task.dataset.name, date_utc: task.date }
    try {
      const { exitCode, json } = await work(task)
      codes.push(exitCode)
      days.push({ ...head, ...json, exit_code: exitCode })
    } catch (error) {
      const exitCode = exitCodeFor(error, context.signal)
      const isInterrupted = exitCode > 128
      if (!isInterrupted) reportError(context.stderr, error, verbose, task.about)
      codes.push(exitCode)
      days.push({
        ...head,
        outcome: isInterrupted ? 'interrupted' : 'failed',
        ...(isInterrupted ? {} : { error: errorJson(error) }),
        exit_code: exitCode,
      })
      if (isInterrupted || !concernsOneDay(error)) break
    }
  }
  const exitCode = worstExitCode(codes)
  return { exitCode, json: { command, exit_code: exitCode, days } }
}

/** The tasks of a command, day by day, so that an early end leaves whole days. */
export function tasksFor(datasets: readonly Dataset[], dates: readonly string[]): readonly DayTask[] {
  return dates.flatMap((date) =>
    datasets.map((dataset) => ({ dataset, date, about: datasets.length > 1 ? `${dataset.name} ${date}` : date })),
  )
}

function concernsOneDay(error: unknown): boolean {
  return error instanceof DaysealError && error.code !== 'usage' && error.code !== 'internal'
}
