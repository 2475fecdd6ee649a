import { RE2JS } from 're2js'
import { DaysealError, messageOf } from '../errors.ts'
import type { Cells } from './row-event.ts'

/** Tells the columns of a line. */
export interface LineMatcher {
  readonly columns: readonly string[]
  /** As many cells as there are columns; undefined for a line of another form. Takes time in proportion to the line. */
  match(line: string): Cells | undefined
}

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
      return matcher.matches() ? groups.map(([, index]) => matcher.group(index)) : undefined
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
