import { exitCodeOf } from '../lib/errors.ts'
import { Interrupted } from './interrupt.ts'

/**
 * From worst to best. A bug and a wrong call come first, because then nothing else that was printed counts; then what
 * needs a person (damaged data, bad sources), then what another run may mend (storage, a lost race), then waiting.
 */
const WORST_FIRST = [70, 2, 1, 4, 5, 6, 3, 0]

/** The exit code for several outcomes: the worst. An interruption (over 128) beats all. */
export function worstExitCode(codes: readonly number[]): number {
  const interrupted = codes.find((code) => code > 128)
  return interrupted ?? WORST_FIRST.find((code) => codes.includes(code)) ?? 0
}

/** The exit code for what stopped a command; `signal` tells an interruption from a fault that came with it. */
export function exitCodeFor(error: unknown, signal: AbortSignal): number {
  if (signal.aborted && signal.reason instanceof Interrupted) return signal.reason.exitCode
  return exitCodeOf(error)
}
