import { withoutSecrets } from './secrets.ts'

/** What went wrong, by who has to act. Each code has one exit code (see `exitCodeOf`). */
export type ErrorCode =
  | 'usage' // arguments or configuration are wrong
  | 'guard' // a guard refused the seal
  | 'source' // a source is unreadable, corrupt or over its quarantine limit
  | 'storage' // storage is unavailable, denied or full
  | 'conflict' // lost the race for a generation six times
  | 'corrupt' // something that Dayseal wrote is not what it was
  | 'internal' // a bug

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  guard: 3,
  source: 4,
  storage: 5,
  conflict: 6,
  corrupt: 1,
  internal: 70,
}

/**
 * Failures that a program may want to tell apart from others of their code. `unavailable`: no answer, or one of a server
 * in trouble. `unlike-written`: an object does not read back as it was written. `outcome-unknown`: a write may have been made, its answer was lost.
 */
export type ErrorReason =
  | 'object-missing'
  | 'object-changed'
  | 'unlike-written'
  | 'denied'
  | 'throttled'
  | 'unavailable'
  | 'outcome-unknown'

export interface ErrorFacts {
  /** Each a line of its own, below what failed. */
  readonly problems?: readonly string[]
  /** What was seen. */
  readonly seen?: string
  /** What was wanted. */
  readonly wanted?: string
  /** What the reader can do. */
  readonly hint?: string
  readonly cause?: unknown
  readonly reason?: ErrorReason
}

/**
 * The one error that Dayseal throws. The message says what failed, what was seen, what was wanted and what to do, so
 * that it can be shown as it is.
 */
export class DaysealError extends Error {
  readonly code: ErrorCode
  readonly reason: ErrorReason | undefined
  /** The message: what failed, then each of its problems. A newline in one of them is a part of what it quotes. */
  readonly lines: readonly string[]

  constructor(code: ErrorCode, failed: string, facts: ErrorFacts = {}) {
    const parts = [failed]
    if (facts.seen !== undefined) parts.push(`seen: ${facts.seen}`)
    if (facts.wanted !== undefined) parts.push(`wanted: ${facts.wanted}`)
    if (facts.hint !== undefined) parts.push(facts.hint)
    const lines = [parts.join('; '), ...(facts.problems ?? [])].map(withoutSecrets)
    super(lines.join('\n  '), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'DaysealError'
    this.lines = lines
    this.code = code
    this.reason = facts.reason
  }
}

/** What an error says, or whatever else was thrown. */
export function messageOf(error: unknown): string {
  return textOf(() => (error instanceof Error ? error.message : error))
}

/** What kind of error it calls itself. */
export function nameOf(error: Error): string {
  return textOf(() => error.name)
}

/** Where an error comes from, a line for each call; empty where it does not say so. */
export function stackOf(error: unknown): string {
  return textOf(() => (error instanceof Error ? (error.stack ?? '') : ''))
}

/** What is thrown may be anything: a symbol, a proxy, an object that is no text, an error whose message throws. */
function textOf(give: () => unknown): string {
  try {
    return String(give())
  } catch {
    return 'something that cannot be shown'
  }
}

/** The process exit code for an error, as docs/exit-codes.md lists them. Anything unknown is a bug: 70. */
export function exitCodeOf(error: unknown): number {
  return error instanceof DaysealError ? EXIT_CODES[error.code] : EXIT_CODES.internal
}
