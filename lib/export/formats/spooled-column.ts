import type { Leaf } from '../../parquet/schema.ts'
import type { ByteDictionary, LeafColumn, LeafValues } from '../../shred/batch.ts'
import type { ByteBuffer } from '../byte-buffer.ts'

/*
 * Rows of a column as bytes on a scratch disk: how many entries and how many values (4 bytes each), definition levels,
 * repetition levels where there can be any, and the values as they lie in memory. Strings have a dictionary of their own:
 * per value its number, how many entries there are, their lengths, their bytes.
 */

/** The first row of a run, the row after its last, and so on. */
export type RowRuns = readonly number[]

/** A column, and where its rows begin. */
export interface SpooledBlock {
  readonly column: LeafColumn
  /** Per row its first level entry, and its end; undefined where each row has one. */
  readonly entries: Uint32Array | undefined
  /** Per entry how many values are before it, and their number; undefined where each entry has one. */
  readonly values: Uint32Array | undefined
  /** Per entry of the dictionary its number in what is being appended, `UNUSED` before and after; empty without strings. */
  readonly numbers: Int32Array
}

const UNUSED = -1

export function spooledBlock(column: LeafColumn, maxDefinition: number, rows: number): SpooledBlock {
  const { entries, definition, repetition, values } = column
  return {
    column,
    entries: repetition === undefined ? undefined : startsWhere(repetition, entries, rows),
    values: values.count === entries ? undefined : countsOf(definition, entries, maxDefinition),
    numbers: new Int32Array(values.physical === 'BYTE_ARRAY' ? values.dictionary.count : 0).fill(UNUSED),
  }
}

function startsWhere(repetition: Uint8Array, entries: number, rows: number): Uint32Array {
  const starts = new Uint32Array(rows + 1).fill(entries)
  let row = 0
  for (let i = 0; i < entries; i++) if (repetition[i] === 0) starts[row++] = i
  return starts
}

function countsOf(definition: Uint8Array, entries: number, maxDefinition: number): Uint32Array {
  const counts = new Uint32Array(entries + 1)
  for (let i = 0; i < entries; i++) counts[i + 1] = counts[i]! + (definition[i] === maxDefinition ? 1 : 0)
  return counts
}

export function appendRows(out: ByteBuffer, { column, entries, values, numbers }: SpooledBlock, runs: RowRuns): void {
  const entryRuns = entries === undefined ? runs : runs.map((row) => entries[row]!)
  const valueRuns = values === undefined ? entryRuns : entryRuns.map((entry) => values[entry]!)
  appendWord(out, lengthOf(entryRuns))
  appendWord(out, lengthOf(valueRuns))
  appendRuns(out, column.definition, entryRuns, 1)
  if (column.repetition !== undefined) appendRuns(out, column.repetition, entryRuns, 1)
  appendValues(out, column.values, valueRuns, numbers)
}

function lengthOf(runs: RowRuns): number {
  let length = 0
  for (let i = 0; i < runs.length; i += 2) length += runs[i + 1]! - runs[i]!
  return length
}

function appendValues(out: ByteBuffer, values: LeafValues, runs: RowRuns, numbers: Int32Array): void {
  if (values.physical === 'BOOLEAN') return appendRuns(out, values.values, runs, 1)
  if (values.physical === 'BYTE_ARRAY') return appendStrings(out, values.ids, values.dictionary, runs, numbers)
  const { buffer, byteOffset, byteLength } = values.values
  appendRuns(out, new Uint8Array(buffer, byteOffset, byteLength), runs, 8)
}

function appendStrings(
  out: ByteBuffer,
  ids: Uint32Array,
  { bytes, offsets }: ByteDictionary,
  runs: RowRuns,
  numbers: Int32Array,
): void {
  const used: number[] = []
  for (let run = 0; run < runs.length; run += 2) {
    for (let i = runs[run]!; i < runs[run + 1]!; i++) {
      const id = ids[i]!
      if (numbers[id] === UNUSED) numbers[id] = used.push(id) - 1
      appendWord(out, numbers[id]!)
    }
  }
  appendWord(out, used.length)
  for (const id of used) appendWord(out, offsets[id + 1]! - offsets[id]!)
  for (const id of used) {
    out.appendPart(bytes, offsets[id]!, offsets[id + 1]!)
    numbers[id] = UNUSED
  }
}

function appendRuns(out: ByteBuffer, bytes: Uint8Array, runs: RowRuns, width: number): void {
  for (let i = 0; i < runs.length; i += 2) out.appendPart(bytes, runs[i]! * width, runs[i + 1]! * width)
}

function appendWord(out: ByteBuffer, value: number): void {
  out.reserve(4)
  const { bytes, length } = out
  bytes[length] = value
  bytes[length + 1] = value >>> 8
  bytes[length + 2] = value >>> 16
  bytes[length + 3] = value >>> 24
  out.length = length + 4
}

/** A place in rows that were read back. */
interface Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
}

export function readColumn(reader: Reader, { physical, maxRepetition }: Leaf): LeafColumn {
  const entries = readWord(reader)
  const count = readWord(reader)
  const definition = take(reader, entries)
  const repetition = maxRepetition === 0 ? undefined : take(reader, entries)
  switch (physical) {
    case 'BOOLEAN':
      return { entries, definition, repetition, values: { physical, count, values: take(reader, count) } }
    case 'INT64': {
      const values = new BigInt64Array(take(reader, count * 8).slice().buffer)
      return { entries, definition, repetition, values: { physical, count, values } }
    }
    case 'DOUBLE': {
      const values = new Float64Array(take(reader, count * 8).slice().buffer)
      return { entries, definition, repetition, values: { physical, count, values } }
    }
    case 'BYTE_ARRAY': {
      const ids = new Uint32Array(take(reader, count * 4).slice().buffer)
      return { entries, definition, repetition, values: { physical, count, ids, dictionary: readDictionary(reader) } }
    }
  }
}

function readDictionary(reader: Reader): ByteDictionary {
  const count = readWord(reader)
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i]! + readWord(reader)
  return { count, distinct: true, bytes: take(reader, offsets[count]!), offsets }
}

function readWord(reader: Reader): number {
  const value = reader.view.getUint32(reader.at, true)
  reader.at += 4
  return value
}

function take(reader: Reader, length: number): Uint8Array {
  const part = reader.bytes.subarray(reader.at, reader.at + length)
  reader.at += length
  return part
}
