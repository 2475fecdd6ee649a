import { DaysealError } from '../../errors.ts'
import { type EventTimeSetting, eventTimeOf } from '../../event-time.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import { type TimeReader, timeReader } from '../../time/time-reader.ts'
import type { Selection } from '../settings.ts'
import { findColumn } from './find-column.ts'
import type { LeafTest } from './leaf-test.ts'
import { parseMoment } from './moment.ts'

/** The column of a time range, and how it is read. */
export interface TimeColumn {
  readonly path: string
  readonly reader: TimeReader
}

/** Undefined where there is no bound. @throws DaysealError `usage` without a column, or for a form that cannot be used */
export function timeColumnOf(time: Selection['time'], eventTime: EventTimeSetting | undefined): TimeColumn | undefined {
  if (time === undefined) return undefined
  const known = eventTimeOf(eventTime)
  const path = time.column ?? known?.column
  if (path === undefined) {
    throw new DaysealError('usage', 'time: no column is named, and the dataset has no eventTime', {
      wanted: 'time.column, or eventTime in the dataset',
    })
  }
  const form = path === known?.column ? known.form : 'auto'
  return { path, reader: timeReader(time.form ?? form) }
}

/**
 * The test of a time range; undefined when there is no bound.
 * @throws DaysealError `usage` for a column that holds no times or several in a row, and for bounds that are no times or hold
 * nothing between them
 */
export function timeTest(
  root: RootNode,
  time: Selection['time'],
  column: TimeColumn | undefined,
): LeafTest | undefined {
  if (time === undefined || column === undefined) return undefined
  const { path, reader } = column
  const { kind, repetition, firstLeaf, definition } = findColumn(root, path, 'time')
  if (!KINDS.includes(kind) || repetition > 0) {
    throw new DaysealError('usage', `time: ${path} is no column of times`, {
      seen: repetition > 0 ? `a ${kind} inside a list or map` : `a ${kind}`,
      wanted: 'a timestamp, a string or a number, outside of lists and maps',
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
  const leaf = { leaf: firstLeaf, maxDefinition: definition, nulls: undefined }
  return {
    ...leaf,
    values: kind === 'timestamp' ? { kind: 'times', from, to } : { kind: 'read times', reader, from, to },
  }
}

const KINDS: readonly string[] = ['timestamp', 'string', 'int64', 'double']

function bound(name: string, text: string | undefined): bigint | undefined {
  const micros = text === undefined ? undefined : parseMoment(text)
  if (text === undefined || micros !== undefined) return micros
  throw new DaysealError('usage', `time.${name} is no time`, {
    seen: JSON.stringify(text),
    wanted:
      'RFC 3339 with an offset (2025-03-14T01:00:00Z), a date, or a number of 10 (seconds) to 19 digits (nanoseconds)',
  })
}
