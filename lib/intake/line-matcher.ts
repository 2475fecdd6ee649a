import { RE2JS } from 're2js'
import { DaysealError, messageOf } from '../errors.ts'
import type { Cells } from './row-event.ts'

export type Match =
  /** As many cells as there are columns. */
  | { readonly kind: 'row'; readonly cells: Cells }
  /** A line of another form. */
  | { readonly kind: 'no_match'; readonly detail: string }
  /** A line of the form whose fields cannot be told for sure. */
  | { readonly kind: 'ambiguous'; readonly detail: string }

/** Tells the columns of a line. */
export interface LineMatcher {
  readonly columns: readonly string[]
  /** Takes time in proportion to the line. */
  match(line: string): Match
}

const OTHER_FORM: Match = { kind: 'no_match', detail: 'a line of another form' }

/**
 * Lines that a regular expression matches as a whole; each named group is a column, null where it took no part. The
 * expression is RE2's, which has neither look-around nor back-references: no expression takes more than linear time.
 * @throws DaysealError `usage` for an expression that cannot be read or has no named group
 */
export function expressionMatcher(source: string): LineMatcher {
  const expression = compile(source)
  const groups = Object.entries(expression.namedGroups()).sort(([, a], [, b]) => a - b)
  if (groups.length === 0) {
    const wanted = 'named groups such as (?<level>[A-Z]+), each of which is a column'
    throw new DaysealError('usage', `the pattern ${JSON.stringify(source)} has no columns`, { wanted })
  }
  return {
    columns: groups.map(([name]) => name),
    match(line) {
      const matcher = expression.matcher(line)
      return matcher.matches() ? { kind: 'row', cells: groups.map(([, index]) => matcher.group(index)) } : OTHER_FORM
    },
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (cause) {
    throw new DaysealError('usage', `the pattern ${JSON.stringify(source)} cannot be used`, {
      seen: messageOf(cause),
      wanted: "a regular expression of RE2's: no look-around, no back-references",
      cause,
    })
  }
}
