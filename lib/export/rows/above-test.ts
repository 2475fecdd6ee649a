import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import { AUTO_TIME } from '../../time/time-reader.ts'
import { findColumn } from './find-column.ts'
import type { LeafTest } from './leaf-test.ts'

/** A bound that is not included: an integer, or microseconds since the epoch. */
export interface Above {
  readonly column: string
  readonly value: bigint
}

const MAX_INT64 = 2n ** 63n - 1n

/**
 * The test of rows that are beyond a watermark.
 * @throws DaysealError `usage` for a column of another kind, and one with several values in a row
 */
export function aboveTest(root: RootNode, { column, value }: Above): LeafTest {
  const { kind, repetition, firstLeaf, definition } = findColumn(root, column, 'watermark')
  if (!KINDS.includes(kind) || repetition > 0) {
    throw new DaysealError('usage', `watermark: ${column} cannot be one`, {
      seen: repetition > 0 ? `a ${kind} inside a list or map` : `a ${kind}`,
      wanted: 'a column of times or integers, outside of lists and maps',
    })
  }
  const range = { from: value === MAX_INT64 ? value : value + 1n, to: value === MAX_INT64 ? value : undefined }
  const leaf = { leaf: firstLeaf, maxDefinition: definition, nulls: undefined }
  const isInteger = kind === 'timestamp' || kind === 'int64'
  return {
    ...leaf,
    values: isInteger ? { kind: 'times', ...range } : { kind: 'read times', reader: AUTO_TIME, ...range },
  }
}

const KINDS: readonly string[] = ['timestamp', 'int64', 'double', 'string']
