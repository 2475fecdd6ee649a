import { type Converter, converterOf, type Lane, type Lanes } from './convert-hours.ts'
import { overlappingHours } from './overlap.ts'

/**
 * Converts hours in this thread: for a Lambda, whose memory is its cores.
 * Memory: that of `overlappingHours`.
 */
export function convertHere(): Converter {
  return converterOf(thisThread())
}

/** One lane, whatever the number of hours. Who comes while it is busy has to wait: it has one scanner. */
export function thisThread(): Lanes {
  let lane: Lane | undefined
  return {
    start: async () => {
      lane ??= inTurn(overlappingHours())
      return [lane]
    },
    async close() {
      lane = undefined
    },
  }
}

function inTurn(lane: Lane): Lane {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = before.then(() => lane(work))
    before = run.catch(() => undefined)
    return run
  }
}
