import { SingleBar } from 'cli-progress'
import type { Output } from './context.ts'

/** How far one phase of the work is. `total` is 0 when there is nothing to do. */
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

/** A bar per phase on a terminal; elsewhere a plain line for every quarter of a phase. `about`: the day. */
export function showProgress(stderr: Output, about: string): ProgressDisplay {
  return stderr.isTTY ? bar(stderr, about) : plainLines(stderr, about)
}

function bar(stderr: Output, about: string): ProgressDisplay {
  const display = new SingleBar({
    stream: stderr,
    format: '{about}  {phase}  {bar}  {percentage} %  {detail}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    // The terminal's own setting is left alone: an exit half-way would not bring it back.
    linewrap: true,
  })
  let phase: string | undefined
  return {
    update(step) {
      const payload = { about, phase: step.phase.padEnd(7), detail: shorten(step.detail ?? '', stderr.columns - 60) }
      if (phase !== step.phase) {
        display.stop()
        display.start(step.total, step.done, payload)
        phase = step.phase
      } else {
        display.setTotal(step.total)
        display.update(step.done, payload)
      }
    },
    stop: () => display.stop(),
  }
}

function plainLines(stderr: Output, about: string): ProgressDisplay {
  let last: { readonly phase: string; readonly quarter: number } | undefined
  return {
    update({ phase, done, total }) {
      const quarter = total === 0 ? 4 : Math.floor((4 * done) / total)
      const printed = last?.phase === phase ? last.quarter : 0
      last = { phase, quarter: Math.max(quarter, printed) }
      if (quarter > printed) stderr.write(`${about} ${phase} ${quarter * 25} %\n`)
    },
    stop: () => {},
  }
}

function shorten(text: string, width: number): string {
  if (width < 4) return ''
  return text.length <= width ? text : `…${text.slice(1 - width)}`
}
