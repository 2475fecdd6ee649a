import { constants } from 'node:os'

/** Two signals closer than this are one press of Ctrl-C: npx and npm pass on what the terminal has sent already. */
const SAME_PRESS_MS = 500

/**
 * The first SIGINT or SIGTERM aborts, so that work stops at the next safe point; a second one ends the process at
 * once. Nothing that is committed can be harmed by either.
 */
export function abortOnSignals(target: NodeJS.Process): AbortSignal {
  const controller = new AbortController()
  let firstAt: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const at = performance.now()
    if (firstAt === undefined) {
      firstAt = at
      target.stderr.write('dayseal: stopping; once more to stop at once\n')
      controller.abort(new Interrupted(128 + constants.signals[signal]))
    } else if (at - firstAt > SAME_PRESS_MS) {
      target.exit(128 + constants.signals[signal])
    }
  }
  target.on('SIGINT', onSignal)
  target.on('SIGTERM', onSignal)
  return controller.signal
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
