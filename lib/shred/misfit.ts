import { DaysealError } from '../errors.ts'
import { formatPath } from '../path-pattern.ts'
import { textOf } from './byte-view.ts'
import type { Cursor } from './cursor.ts'
import { skipValue } from './json-value.ts'
import type { Node } from './node.ts'
import { Reject } from './reject.ts'

/** Thrown when a value has no place in the columns as they are planned. */
export class Misfit {
  readonly node: Node
  readonly seen: string

  constructor(node: Node, seen: string) {
    this.node = node
    this.seen = seen
  }
}

/** Bytes of a value that messages show. */
const MAX_SHOWN = 60

/** Passes the value at the cursor, and gives the beginning of its text. */
export function passSeen(cursor: Cursor): string {
  const start = cursor.at
  skipValue(cursor)
  return textOf(cursor.source, start, Math.min(cursor.at, start + MAX_SHOWN))
}

/** A value that cannot be what the configuration says of its path. */
export function unlikeOverride(node: Node, seen: string): Reject {
  return new Reject('schema', `at ${formatPath(node.path)}: seen ${seen}, wanted ${node.rule.as}`)
}

/** Thrown when an object has a key twice: the line is scanned again without the earlier one. */
export const DUPLICATE_KEY = { kind: 'duplicate key' } as const

/** In strict mode a row that does not fit is no row. */
export function undeclared({ node, seen }: Misfit): Reject {
  const at = node.parent === undefined ? 'the top level' : formatPath(node.path)
  const wanted = node.plan === 'struct' ? 'a declared key' : node.plan
  return new Reject('schema', `at ${at}: seen ${seen}, wanted ${wanted}`)
}

/** A row is none that would need columns beyond those that the most rows need. */
export function tooWide({ node, seen }: Misfit, maxPaths: number): Reject {
  const at = node.parent === undefined ? 'the top level' : formatPath(node.path)
  const hint = 'declare map or json overrides, or raise limits.maxPaths'
  return new Reject('too_wide', `at ${at}: ${seen} has no column among the ${maxPaths} that most rows need; ${hint}`)
}

/** With fixed columns a value without a place shows that the source is no longer what the first reading found. */
export function unplanned({ node, seen }: Misfit, fixed: boolean): DaysealError {
  if (!fixed) return new DaysealError('internal', 'a line does not fit the columns that were made for it')
  return new DaysealError('source', 'a source changed while it was being converted', {
    seen: `${seen} at ${formatPath(node.path)}, which the first reading did not hold`,
    hint: 'run the command again once the producer is done',
  })
}
