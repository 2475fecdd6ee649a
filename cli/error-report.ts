import { styleText } from 'node:util'
import { DaysealError, messageOf } from '../lib/errors.ts'
import { printable } from '../lib/printable.ts'
import type { Output } from './context.ts'

/** An error for `--json`. */
export interface ErrorJson {
  readonly code: string
  readonly message: string
}

export function errorJson(error: unknown): ErrorJson {
  return { code: error instanceof DaysealError ? error.code : 'internal', message: messageOf(error) }
}

/** Says on stderr what went wrong: one line; with `verbose` also where, and every cause. */
export function reportError(stderr: Output, error: unknown, verbose: boolean, about?: string): void {
  const name = styleText('red', 'dayseal:', { stream: stderr })
  const where = about === undefined ? '' : `${about}: `
  const bug = error instanceof DaysealError ? '' : ' (this is a bug in Dayseal; --verbose shows where)'
  // Problems of a configuration take a line each.
  const message = messageOf(error).split('\n').map(printable).join('\n')
  stderr.write(`${name} ${where}${message}${verbose ? '' : bug}\n`)
  if (verbose) stderr.write(`${causeChain(error).join('\n')}\n`)
}

function causeChain(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const stack = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? [stack] : [stack, 'caused by', ...causeChain(error.cause)]
}
