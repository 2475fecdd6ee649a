import type { Cursor } from './cursor.ts'
import { scanDistinct } from './duplicate-keys.ts'
import { type RowLearner, TooManyKeys } from './learner.ts'
import type { Node } from './node.ts'

/**
 * Learns the line at the cursor; the row is not accepted yet. Where an object has more keys than columns should have,
 * `collapse` has to make its keys data for good, and the line is learnt again.
 * @throws Reject when the line is no row; what it made is taken back then, and what was collapsed stays so.
 */
export function learnLine(cursor: Cursor, learner: RowLearner, collapse: (node: Node) => void): void {
  for (;;) {
    cursor.rewind()
    try {
      return scanDistinct(
        cursor,
        (skip) => learner.learn(skip),
        () => learner.discard(),
      )
    } catch (thrown) {
      if (!(thrown instanceof TooManyKeys)) {
        learner.discard()
        throw thrown
      }
      learner.restart()
      collapse(thrown.node)
    }
  }
}
