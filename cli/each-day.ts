import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { Context, Result } from './context.ts'
import { errorJson, reportError } from './error-report.ts'
import { exitCodeFor, worstExitCode } from './exit-code.ts'

/** One dataset on one day. */
export interface DayTask<D extends Named = Dataset> {
  readonly dataset: D
  readonly date: string
  /** What messages call it: the day, with the dataset's name where there are several. */
  readonly about: string
}

interface Named {
  readonly name: string
}

export interface EachOptions {
  readonly context: Context
  readonly verbose: boolean
  /** Tasks under way at the same time. */
  readonly atOnce: number
}

/** Runs a command's work for every dataset on every day, as `eachTask` does. */
export async function eachDay<D extends Named>(
  command: string,
  tasks: readonly DayTask<D>[],
  options: EachOptions,
  work: (task: DayTask<D>) => Promise<Result>,
): Promise<Result> {
  const headOf = ({ dataset, date }: DayTask<D>) => ({ dataset: dataset.name, date_utc: date })
  const { exitCode, results } = await eachTask(tasks, headOf, options, work)
  return { exitCode, json: { command, exit_code: exitCode, days: results } }
}

/**
 * Runs the work for every task, in order. One that fails is reported, and the next is tried; a wrong call, a bug or an
 * interruption ends the run. The exit code is the worst of all. `headOf`: what each result begins with.
 */
export async function eachTask<T extends { readonly about: string }>(
  tasks: readonly T[],
  headOf: (task: T) => Result['json'],
  { context, verbose, atOnce }: EachOptions,
  work: (task: T) => Promise<Result>,
): Promise<{ readonly exitCode: number; readonly results: readonly Result['json'][] }> {
  const results: Result['json'][] = []
  const codes: number[] = []
  for (let first = 0; first < tasks.length; first += atOnce) {
    const batch = tasks.slice(first, first + atOnce)
    const ends = await Promise.all(batch.map((task) => endOf(task, context, verbose, work)))
    for (const [i, { exitCode, json }] of ends.entries()) {
      codes.push(exitCode)
      results.push({ ...headOf(batch[i]!), ...json, exit_code: exitCode })
    }
    if (ends.some(({ isLast }) => isLast)) break
  }
  return { exitCode: worstExitCode(codes), results }
}

interface End extends Result {
  /** Nothing is tried after it. */
  readonly isLast: boolean
}

async function endOf<T extends { readonly about: string }>(
  task: T,
  context: Context,
  verbose: boolean,
  work: (task: T) => Promise<Result>,
): Promise<End> {
  try {
    return { ...(await work(task)), isLast: false }
  } catch (error) {
    const exitCode = exitCodeFor(error, context.signal)
    if (exitCode > 128) return { exitCode, json: { outcome: 'interrupted' }, isLast: true }
    reportError(context.stderr, error, verbose, task.about)
    return { exitCode, json: { outcome: 'failed', error: errorJson(error) }, isLast: !concernsOneTask(error) }
  }
}

/** The tasks of a command, day by day, so that an early end leaves whole days. */
export function tasksFor<D extends Named>(datasets: readonly D[], dates: readonly string[]): readonly DayTask<D>[] {
  return dates.flatMap((date) =>
    datasets.map((dataset) => ({ dataset, date, about: datasets.length > 1 ? `${dataset.name} ${date}` : date })),
  )
}

function concernsOneTask(error: unknown): boolean {
  return error instanceof DaysealError && error.code !== 'usage' && error.code !== 'internal'
}
