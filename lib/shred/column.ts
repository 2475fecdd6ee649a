import type { ByteDictionary, LeafColumn, LeafValues } from './batch.ts'
import { compactDictionary } from './byte-dictionary.ts'
import type { ByteView } from './byte-view.ts'
import type { Levels } from './null-levels.ts'
import type { Scanner } from './scanner.ts'

export type Physical = LeafValues['physical']

/** `physical` undefined makes a column of levels alone. */
export interface ColumnShape {
  readonly physical: Physical | undefined
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** As lib/shred/assembly/column.ts numbers them. */
const PHYSICAL_NUMBER: Readonly<Record<Physical, number>> = { BOOLEAN: 0, INT64: 1, DOUBLE: 2, BYTE_ARRAY: 3 }
const LEVELS_ALONE = -1

/** As `columnField` of lib/shred/assembly/index.ts numbers them. */
const FIELD = {
  entries: 0,
  rows: 1,
  count: 2,
  definition: 3,
  repetition: 4,
  values: 5,
  dictionaryCount: 6,
  bytes: 7,
  offsets: 8,
  distinct: 9,
  rolledBack: 10,
} as const

/**
 * A growing leaf column in the scanner's memory: Dremel levels, and values in typed arrays. One of levels alone stands for
 * a container until a leaf below it can carry them.
 *
 * Memory: 1 byte per level, 8 per number, 4 per string plus the distinct strings; arrays double as they grow.
 */
export class Column {
  /** Where the scanner has it. */
  readonly pointer: number
  private readonly repeats: boolean
  private type: Physical | undefined
  private readonly scanner: Scanner

  constructor(scanner: Scanner, { physical, maxDefinition, maxRepetition }: ColumnShape, levels?: Levels) {
    this.scanner = scanner
    this.repeats = maxRepetition > 0
    this.type = physical
    const number = physical === undefined ? LEVELS_ALONE : PHYSICAL_NUMBER[physical]
    this.pointer = scanner.wasm.newColumn(number, maxDefinition, maxRepetition)
    if (levels !== undefined) this.adopt(levels)
  }

  /** Level entries so far. */
  get entries(): number {
    return this.field('entries')
  }

  pushNull(definition: number, repetition: number): void {
    this.scanner.wasm.pushLevels(this.pointer, definition, repetition)
  }

  pushBool(value: boolean, repetition: number): void {
    this.scanner.wasm.pushBool(this.pointer, value, repetition)
  }

  pushDouble(value: number, repetition: number): void {
    this.scanner.wasm.pushDouble(this.pointer, value, repetition)
  }

  pushInteger(value: bigint, repetition: number): void {
    this.scanner.wasm.pushInteger(this.pointer, value, repetition)
  }

  pushBytes({ bytes }: ByteView, start: number, end: number, repetition: number): void {
    const { scanner, pointer } = this
    scanner.wasm.pushBytes(pointer, scanner.locate(bytes, start, end), end - start, repetition)
  }

  /** As `pushBytes`, of a map's key. Returns its number: equal keys have equal ones. */
  pushKey({ bytes }: ByteView, start: number, end: number, repetition: number): number {
    const { scanner, pointer } = this
    return scanner.wasm.pushKey(pointer, scanner.locate(bytes, start, end), end - start, repetition)
  }

  /** Takes back everything after the first `rows` rows; at most one row more may be there. */
  rollback(rows: number): void {
    this.scanner.wasm.rollback(this.pointer, rows)
  }

  /** Turns a column of integers that are all exact in a double into one of doubles. */
  widenToDouble(): void {
    if (this.type !== 'INT64') throw new TypeError('only integers widen to double')
    this.scanner.wasm.widenToDouble(this.pointer)
    this.type = 'DOUBLE'
  }

  /** They share the scanner's memory: valid until the next push, to whatever column. */
  levels(): Levels {
    const { bytes } = this.scanner
    const { entries } = this
    const levelsAt = (at: number) => bytes.subarray(at, at + entries)
    return {
      entries,
      definition: levelsAt(this.field('definition')),
      repetition: this.repeats ? levelsAt(this.field('repetition')) : undefined,
    }
  }

  /** The column as a value that shares the scanner's memory: valid until the next push, to whatever column. */
  view(): LeafColumn {
    return { ...this.levels(), values: this.values() }
  }

  /** Empties the column for the next row group. */
  clear(): void {
    this.scanner.wasm.clearColumn(this.pointer)
  }

  private values(): LeafValues {
    const { buffer } = this.scanner.bytes
    const count = this.field('count')
    const at = this.field('values')
    switch (this.type) {
      case 'BOOLEAN':
        return { physical: this.type, count, values: new Uint8Array(buffer, at, count) }
      case 'INT64':
        return { physical: this.type, count, values: new BigInt64Array(buffer, at, count) }
      case 'DOUBLE':
        return { physical: this.type, count, values: new Float64Array(buffer, at, count) }
      case 'BYTE_ARRAY': {
        const ids = new Uint32Array(buffer, at, count)
        const dictionary = this.dictionary(buffer)
        const isCompact = this.field('rolledBack') === 0
        return {
          physical: this.type,
          count,
          ...(isCompact ? { ids, dictionary } : compactDictionary(dictionary, ids, count)),
        }
      }
      case undefined:
        throw new TypeError('a column of levels alone has no values')
    }
  }

  private dictionary(buffer: ArrayBuffer): ByteDictionary {
    const count = this.field('dictionaryCount')
    const offsets = new Uint32Array(buffer, this.field('offsets'), count + 1)
    const bytes = new Uint8Array(buffer, this.field('bytes'), offsets[count]!)
    return { count, distinct: this.field('distinct') !== 0, bytes, offsets }
  }

  private adopt({ entries, definition, repetition }: Levels): void {
    this.scanner.wasm.reserveLevels(this.pointer, entries)
    const { bytes } = this.scanner
    bytes.set(definition.subarray(0, entries), this.field('definition'))
    let rows = entries
    if (this.repeats) {
      const levels = repetition?.subarray(0, entries) ?? new Uint8Array(entries)
      bytes.set(levels, this.field('repetition'))
      rows = levels.reduce((sum, level) => sum + (level === 0 ? 1 : 0), 0)
    }
    this.setField('entries', entries)
    this.setField('rows', rows)
  }

  private field(name: keyof typeof FIELD): number {
    return this.scanner.words[this.wordOf(name)]!
  }

  private setField(name: keyof typeof FIELD, value: number): void {
    this.scanner.words[this.wordOf(name)] = value
  }

  private wordOf(name: keyof typeof FIELD): number {
    return (this.pointer + this.scanner.wasm.columnField(FIELD[name])) >>> 2
  }
}
