import { DaysealError } from '../../errors.ts'
import type { LineMatcher } from '../line-matcher.ts'
import { ContinuedLines, SingleLines } from '../matched-lines.ts'
import type { EventReader } from '../reading.ts'
import { type CellTypes, rowReader } from '../row-event.ts'
import { readLines } from '../text-lines.ts'

export interface PatternOptions {
  readonly matcher: LineMatcher
  readonly types: CellTypes
  /** The column that a line of another form goes on, after a line feed, of the event before it. */
  readonly continuation: string | undefined
}

/**
 * Lines of one form, each an event with a member for each of its columns. With a `continuation` an event goes on until the next
 * line of the form: blank lines within it are its own, and a line that would make it longer than `maxLineBytes` is
 * rejected as `too_long`. Any other line of another form is `no_match`, and one with a cell that is none of its type is `type`.
 * @throws DaysealError `usage` for a continuation that is no column
 */
export function pattern(options: PatternOptions): EventReader {
  const { matcher, types, continuation } = options
  if (continuation !== undefined && !matcher.columns.includes(continuation)) {
    throw new DaysealError('usage', `the continuation ${JSON.stringify(continuation)} is no column of the pattern`, {
      wanted: matcher.columns.join(', '),
    })
  }
  return {
    async *read(content, entry, { maxLineBytes }) {
      const readRow = rowReader({ names: matcher.columns, types, misfit: 'type', made: 0 }, maxLineBytes)
      const lines =
        continuation === undefined
          ? new SingleLines(matcher, readRow, maxLineBytes)
          : new ContinuedLines(matcher, readRow, maxLineBytes, matcher.columns.indexOf(continuation))
      yield* readLines(content, entry, maxLineBytes, lines)
      return { blank: lines.blank }
    },
  }
}
