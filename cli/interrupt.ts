import { constants } from 'node:os'

/** Two signals closer than this are one press of Ctrl-C: npx and npm pass on what the terminal has sent already. */
const SAME_PRESS_MS = 500

export interface Interrupts {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /**
   * Runs code that is not Dayseal's and may keep the process busy for ever, so that no handler would get its turn:
   * meanwhile signals end the process.
   */
  readonly unhandled: <T>(act: () => Promise<T>) => Promise<T>
}

/**
 * The first SIGINT or SIGTERM aborts, so that work stops at the next safe point; a second one ends the process at
 * once. Nothing that is committed can be harmed by either.
 */
export function abortOnSignals(target: NodeJS.Process): Interrupts {
  const controller = new AbortController()
  const exit = target.exit.bind(target)
  let firstAt: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const at = performance.now()
    if (firstAt === undefined) {
      firstAt = at
      target.stderr.write('dayseal: stopping; once more to stop at once\n')
      controller.abort(new Interrupted(128 + constants.signals[signal]))
    } else if (at - firstAt > SAME_PRESS_MS) {
      exit(128 + constants.signals[signal])
    }
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  const handle = () => {
    for (const signal of signals) target.on(signal, onSignal)
  }
  handle()
  return {
    signal: controller.signal,
    unhandled: async (act) => {
      for (const signal of signals) target.off(signal, onSignal)
      return act().finally(handle)
    },
  }
}

/** Why the work was aborted. 130 after SIGINT, 143 after SIGTERM, as shells count. */
export class Interrupted extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('interrupted')
    this.name = 'Interrupted'
    this.exitCode = exitCode
  }
}
