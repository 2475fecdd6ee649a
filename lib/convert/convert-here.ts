import { type Converter, converterOf, inTurn, type Lane, type Lanes } from './convert-hours.ts'
import { overlappingHours } from './overlap.ts'

/**
 * Converts hours in this thread: for a Lambda, whose memory is its cores.
 * Memory: that of `overlappingHours`.
 */
export function convertHere(): Converter {
  return converterOf(thisThread())
}

/** One lane, whatever the number of hours: it has one scanner. */
export function thisThread(): Lanes {
  let lane: Lane | undefined
  return {
    start() {
      lane ??= inTurn(overlappingHours())
      return [lane]
    },
    async close() {
      lane = undefined
    },
  }
}
