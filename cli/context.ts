import type { Output } from './output.ts'

/** What a command gets from the outside. Read once in `main`, so that commands can be run with any clock and output. */
export interface Context {
  /** When the command began. */
  readonly now: Date
  /** The time, for when things begin and end. */
  readonly clock: () => Date
  readonly newId: () => string
  /** Milliseconds since some moment: only for how often progress is shown. */
  readonly elapsed: () => number
  readonly cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  /** Runs code of the user's: meanwhile SIGINT and SIGTERM end the process. */
  readonly unhandled: <T>(act: () => Promise<T>) => Promise<T>
  readonly stdout: Output
  readonly stderr: Output
}

/** What a command came to: the process's exit code, and the one object that `--json` prints. */
export interface Result {
  readonly exitCode: number
  readonly json: Readonly<Record<string, unknown>>
}
