import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { Selection } from '../settings.ts'
import { findColumn } from './find-column.ts'
import type { LeafTest } from './leaf-test.ts'
import { parseMoment } from './moment.ts'

/**
 * The test of a time range; undefined when there is no bound.
 * @throws DaysealError `usage` without a column, for one that holds no times or several in a row, and for bounds that are
 * no times or hold nothing between them
 */
export function timeTest(root: RootNode, time: Selection['time'], eventTime: string | undefined): LeafTest | undefined {
  if (time === undefined) return undefined
  const path = time.column ?? eventTime
  if (path === undefined) {
    throw new DaysealError('usage', 'time: no column is named, and the dataset has no eventTime', {
      wanted: 'time.column, or eventTime in the dataset',
    })
  }
  const { kind, repetition, firstLeaf, definition } = findColumn(root, path, 'time')
  if ((kind !== 'timestamp' && kind !== 'string') || repetition > 0) {
    throw new DaysealError('usage', `time: ${path} is no column of times`, {
      seen: repetition > 0 ? `a ${kind} inside a list or map` : `a ${kind}`,
      wanted: 'a timestamp or a string, outside of lists and maps',
    })
  }
  const from = bound('from', time.from)
  const to = bound('to', time.to)
  if (from === undefined && to === undefined) return undefined
  if (from !== undefined && to !== undefined && from >= to) {
    throw new DaysealError('usage', 'time: there is nothing from `from` to before `to`', {
      seen: `${time.from} to ${time.to}`,
      wanted: 'a later `to`',
    })
  }
  const test = kind === 'timestamp' ? 'times' : 'textual times'
  return { leaf: firstLeaf, maxDefinition: definition, nulls: undefined, values: { kind: test, from, to } }
}

function bound(name: string, text: string | undefined): bigint | undefined {
  const micros = text === undefined ? undefined : parseMoment(text)
  if (text === undefined || micros !== undefined) return micros
  throw new DaysealError('usage', `time.${name} is no time`, {
    seen: JSON.stringify(text),
    wanted: 'RFC 3339 with an offset (2025-03-14T01:00:00Z), or a date',
  })
}
