import { MultiBar } from 'cli-progress'
import { printable } from '../lib/printable.ts'
import type { ProgressDisplay } from './progress.ts'

/** A bar per phase, each on a line of its own. */
export function progressBars(screen: NodeJS.WriteStream, day: string): ProgressDisplay {
  const about = printable(day)
  const room = screen.columns - about.length - 22
  const display = new MultiBar({
    stream: screen,
    format: `{about}  {phase}  {bar}  {percentage} %  {detail}`,
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
      const payload = { about, phase: phase.padEnd(7), detail: shorten(printable(detail), room - 24) }
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
