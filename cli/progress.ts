import { MultiBar } from 'cli-progress'
import type { Context, Output } from './context.ts'

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
export function showProgress(context: Context, about: string): ProgressDisplay {
  return context.stderr.isTTY ? bars(context.stderr, about) : plainLines(context, about)
}

function bars(stderr: Output, about: string): ProgressDisplay {
  const room = stderr.columns - about.length - 22
  const display = new MultiBar({
    stream: stderr,
    format: `${about}  {phase}  {bar}  {percentage} %  {detail}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: Math.max(5, Math.min(24, room)),
    clearOnComplete: true,
    // The terminal's own settings are left alone: an exit half-way would not bring them back.
    linewrap: true,
    hideCursor: false,
  })
  const phases = new Map<string, ReturnType<MultiBar['create']>>()
  return {
    update({ phase, done, total, detail = '' }) {
      const payload = { phase: phase.padEnd(7), detail: shorten(detail, room - 24) }
      const bar = phases.get(phase)
      if (bar === undefined) {
        phases.set(phase, display.create(total, done, payload))
      } else {
        bar.setTotal(total)
        bar.update(done, payload)
      }
    },
    stop: () => display.stop(),
  }
}

function shorten(text: string, width: number): string {
  if (width < 4) return ''
  return text.length <= width ? text : `…${text.slice(1 - width)}`
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
      stderr.write(`${about} ${phase} ${total === 0 ? 100 : Math.floor((100 * done) / total)} %\n`)
    },
    stop: () => {},
  }
}
