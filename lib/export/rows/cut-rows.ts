import type { LeafColumn, LeafValues } from '../../shred/batch.ts'

/** Rows [start, end) of a group, of which `selected` go into one batch. */
export interface RowRange {
  readonly start: number
  readonly end: number
  readonly selected: number
}

/**
 * Ranges with at most `batchRows` selected rows each, until `limit` of them are reached. `mask` has a byte per row: 1 is
 * selected; without one, all are. Each range begins where the one before ended, the first at row 0.
 */
export function* rowRanges(
  rows: number,
  mask: Uint8Array | undefined,
  batchRows: number,
  limit: number,
): Generator<RowRange> {
  let left = limit
  let start = 0
  while (start < rows && left > 0) {
    const most = Math.min(batchRows, left)
    let end = start
    let selected = 0
    if (mask === undefined) {
      end = Math.min(start + most, rows)
      selected = end - start
    } else while (end < rows && selected < most) selected += mask[end++]!
    if (selected > 0) yield { start, end, selected }
    start = end
    left -= selected
  }
}

/** The rows of one range, which begins where the one before ended. */
export type ColumnCutter = (range: RowRange) => LeafColumn

/**
 * Cuts a decoded column into the batches of one group: called with one range after the other. Where all rows of a range are
 * selected, the arrays are views of the column's; a dictionary is shared in any case.
 */
export function columnCutter(
  { definition, repetition, entries, values }: LeafColumn,
  maxDefinition: number,
  mask: Uint8Array | undefined,
): ColumnCutter {
  const dense = values.count === entries
  let row = 0
  let entry = 0
  let value = 0

  /** Passes rows up to `until`. */
  function pass(until: number): void {
    const first = entry
    if (repetition === undefined) entry += until - row
    else {
      for (; row < until; row++)
        do entry++
        while (entry < entries && repetition[entry] !== 0)
    }
    row = until
    if (dense) value = entry
    else for (let i = first; i < entry; i++) if (definition[i] === maxDefinition) value++
  }

  function view(range: RowRange): LeafColumn {
    const from = { entry, value }
    pass(range.end)
    return {
      entries: entry - from.entry,
      definition: definition.subarray(from.entry, entry),
      repetition: repetition?.subarray(from.entry, entry),
      values: viewValues(values, from.value, value),
    }
  }

  function gather(range: RowRange): LeafColumn {
    const from = { row, entry, value }
    pass(range.end)
    const room = entry - from.entry
    const kept = new Uint8Array(room)
    const keptRepetition = repetition === undefined ? undefined : new Uint8Array(room)
    const picked = new Uint32Array(value - from.value)
    let count = 0
    let pickedCount = 0
    let at = from.value
    let atRow = from.row - 1
    for (let i = from.entry; i < entry; i++) {
      const repeats = repetition === undefined ? 0 : repetition[i]!
      if (repeats === 0) atRow++
      const level = definition[i]!
      if (mask![atRow] === 1) {
        kept[count] = level
        if (keptRepetition !== undefined) keptRepetition[count] = repeats
        count++
        if (level === maxDefinition) picked[pickedCount++] = at
      }
      if (level === maxDefinition) at++
    }
    return {
      entries: count,
      definition: kept.subarray(0, count),
      repetition: keptRepetition?.subarray(0, count),
      values: pickValues(values, picked.subarray(0, pickedCount)),
    }
  }

  return (range) => (range.selected === range.end - range.start ? view(range) : gather(range))
}

function viewValues(values: LeafValues, start: number, end: number): LeafValues {
  const count = end - start
  switch (values.physical) {
    case 'BOOLEAN':
      return { physical: 'BOOLEAN', count, values: values.values.subarray(start, end) }
    case 'INT64':
      return { physical: 'INT64', count, values: values.values.subarray(start, end) }
    case 'DOUBLE':
      return { physical: 'DOUBLE', count, values: values.values.subarray(start, end) }
    case 'BYTE_ARRAY':
      return { ...values, count, ids: values.ids.subarray(start, end) }
  }
}

/** The values with the numbers `picked`. */
function pickValues(values: LeafValues, picked: Uint32Array): LeafValues {
  const count = picked.length
  switch (values.physical) {
    case 'BOOLEAN': {
      const some = new Uint8Array(count)
      for (let i = 0; i < count; i++) some[i] = values.values[picked[i]!]!
      return { physical: 'BOOLEAN', count, values: some }
    }
    case 'INT64': {
      const some = new BigInt64Array(count)
      for (let i = 0; i < count; i++) some[i] = values.values[picked[i]!]!
      return { physical: 'INT64', count, values: some }
    }
    case 'DOUBLE': {
      const some = new Float64Array(count)
      for (let i = 0; i < count; i++) some[i] = values.values[picked[i]!]!
      return { physical: 'DOUBLE', count, values: some }
    }
    case 'BYTE_ARRAY': {
      const ids = new Uint32Array(count)
      for (let i = 0; i < count; i++) ids[i] = values.ids[picked[i]!]!
      return { ...values, count, ids }
    }
  }
}
