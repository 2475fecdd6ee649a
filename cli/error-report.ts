import { DaysealError, messageOf, nameOf, stackOf } from '../lib/errors.ts'
import { withoutSecrets } from '../lib/secrets.ts'
import { type Line, line, styled } from './line.ts'
import type { Output } from './output.ts'

/** An error for `--json`. */
export interface ErrorJson {
  readonly code: string
  readonly message: string
}

export function errorJson(error: unknown): ErrorJson {
  return {
    code: error instanceof DaysealError ? error.code : 'internal',
    message: withoutSecrets(messageOf(error)),
  }
}

/** Says on stderr what went wrong: one line, and one for each problem; with `verbose` also where, and every cause. */
export function reportError(stderr: Output, error: unknown, verbose: boolean, about?: string): void {
  const where = about === undefined ? '' : `${about}: `
  const bug = error instanceof DaysealError || verbose ? '' : ' (this is a bug in Dayseal; --verbose shows where)'
  const [failed, ...problems] = error instanceof DaysealError ? error.lines : [messageOf(error)]
  const lines: readonly Line[] = [
    line`${styled('red', 'dayseal:')} ${where}${withoutSecrets(failed!)}${bug}`,
    ...problems.map((problem) => `  ${problem}`),
    ...(verbose ? causeChain(error) : []),
  ]
  stderr.print(lines)
}

function causeChain(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [withoutSecrets(messageOf(error))]
  const first = withoutSecrets(`${nameOf(error)}: ${messageOf(error)}`)
  const { cause } = error
  return [first, ...callsIn(error), ...(cause === undefined ? [] : ['caused by', ...causeChain(cause)])]
}

/** The calls alone: before them, a stack repeats the message, or shows lines of the file that could not be read. */
function callsIn(error: Error): readonly string[] {
  return stackOf(error)
    .split('\n')
    .filter((text) => /^ +at /.test(text))
}
