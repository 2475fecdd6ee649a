import type { Context } from './context.ts'

/** How far one phase of the work is. `total` is 0 when there is nothing to do. Phases may take turns. */
export interface Step {
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly detail?: string
}

export interface ProgressDisplay {
  update(step: Step): void
  /** Leaves the line clean for what is printed next. */
  stop(): void
}

/** A bar per phase on a terminal; plain lines elsewhere. `about`: the day. */
export async function showProgress(context: Context, about: string): Promise<ProgressDisplay> {
  const { screen } = context.stderr
  if (screen === undefined) return plainLines(context, about)
  const { progressBars } = await import('./progress-bars.ts')
  return progressBars(screen, about)
}

/** Milliseconds between two lines about a phase that is not at its end. */
const LINE_INTERVAL_MS = 5_000

/** A line when a phase is done, and one now and then in a long one. */
function plainLines({ stderr, elapsed }: Context, about: string): ProgressDisplay {
  const finished = new Set<string>()
  let lastLine = elapsed()
  return {
    update({ phase, done, total }) {
      const isEnd = done >= total
      if (finished.has(phase) || (!isEnd && elapsed() - lastLine < LINE_INTERVAL_MS)) return
      if (isEnd) finished.add(phase)
      lastLine = elapsed()
      stderr.print([`${about} ${phase} ${total === 0 ? 100 : Math.floor((100 * done) / total)} %`])
    },
    stop: () => {},
  }
}
