import { beforeEach, expect, test } from 'vitest'
import { byteView } from '../../lib/shred/byte-view.ts'
import { Column } from '../../lib/shred/column.ts'
import { Scanner } from '../../lib/shred/scanner.ts'

let column: Column

beforeEach(() => {
  column = new Column(new Scanner(), { physical: 'BYTE_ARRAY', maxDefinition: 1, maxRepetition: 1 }, undefined)
})

/** A row: a list of strings. */
function push(...texts: readonly string[]): void {
  for (const [i, text] of texts.entries()) {
    const bytes = Buffer.from(text)
    column.pushBytes(byteView(bytes), 0, bytes.length, i === 0 ? 0 : 1)
  }
}

/** The strings by their ids, the dictionary, and whether it lies in the scanner's memory, and not in a copy. */
function view() {
  const { values } = column.view()
  if (values.physical !== 'BYTE_ARRAY') throw new TypeError(values.physical)
  const { dictionary, ids, count } = values
  const { offsets, bytes } = dictionary
  const entries = Array.from({ length: dictionary.count }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString(),
  )
  return {
    strings: [...ids.subarray(0, count)].map((id) => entries[id]),
    entries,
    isCopy: dictionary.bytes.buffer !== ids.buffer,
  }
}

test('a first row that is taken back leaves nothing', () => {
  push('x', 'y', 'x')
  column.rollback(0)
  push('y', 'z')
  expect(view()).toEqual({ strings: ['y', 'z'], entries: ['y', 'z'], isCopy: false })
})

test('a later row that is taken back leaves no string of its own', () => {
  push('a', 'b')
  push('new', 'a', 'newer')
  column.rollback(1)
  push('b', 'c', 'newer')
  expect(view()).toMatchObject({ strings: ['a', 'b', 'b', 'c', 'newer'], entries: ['a', 'b', 'c', 'newer'] })
})

test('a row of known strings alone is taken back without a trace', () => {
  push('a', 'b', 'c')
  push('b', 'a')
  column.rollback(1)
  push('d')
  expect(view()).toEqual({ strings: ['a', 'b', 'c', 'd'], entries: ['a', 'b', 'c', 'd'], isCopy: false })
})
