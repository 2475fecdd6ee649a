import type { LeafColumn, LeafValues } from './batch.ts'
import { ByteDictionaryBuilder, compactDictionary } from './byte-dictionary.ts'
import type { ByteView } from './byte-view.ts'
import type { Levels } from './null-levels.ts'

export type Physical = LeafValues['physical']

const TWO_32 = 2 ** 32

/** When of so many byte strings more than this share were new, later ones are no longer looked up in the row group. */
const PROBE_VALUES = 4096
const PROBE_SHARE = 0.8

/**
 * A growing leaf column: Dremel levels, and values in typed arrays; no object per value. `physical` undefined makes a
 * column of levels alone, which stands for a container until a leaf below it can carry them.
 *
 * Memory: 1 byte per level, 8 per number, 4 per string plus the distinct strings; arrays double as they grow.
 */
export class Column {
  /** Level entries so far. */
  entries = 0
  /** Entries that begin a row. */
  rows = 0
  definition = new Uint8Array(64)
  readonly repetition: { levels: Uint8Array } | undefined
  readonly maxDefinition: number
  private store: ValueStore | undefined
  /** Whether the dictionary may hold what no value uses any more. */
  private rolledBack = false

  constructor(physical: Physical | undefined, maxDefinition: number, maxRepetition: number, levels?: Levels) {
    this.maxDefinition = maxDefinition
    this.repetition = maxRepetition > 0 ? { levels: new Uint8Array(64) } : undefined
    this.store = physical === undefined ? undefined : newStore(physical)
    if (levels !== undefined) this.adopt(levels)
  }

  get physical(): Physical | undefined {
    return this.store?.physical
  }

  /** The dictionary of a BYTE_ARRAY column. */
  get dictionary(): ByteDictionaryBuilder | undefined {
    return this.store?.physical === 'BYTE_ARRAY' ? this.store.dictionary : undefined
  }

  pushNull(definition: number, repetition: number): void {
    this.pushLevels(definition, repetition)
  }

  pushBool(value: boolean, repetition: number): void {
    const store = this.store as Extract<ValueStore, { physical: 'BOOLEAN' }>
    if (store.count === store.values.length) store.values = grown(store.values)
    store.values[store.count++] = value ? 1 : 0
    this.pushLevels(this.maxDefinition, repetition)
  }

  pushDouble(value: number, repetition: number): void {
    const store = this.store as Extract<ValueStore, { physical: 'DOUBLE' }>
    if (store.count === store.values.length) {
      const values = new Float64Array(store.values.length * 2)
      values.set(store.values)
      store.values = values
    }
    store.values[store.count++] = value
    this.pushLevels(this.maxDefinition, repetition)
  }

  /** An integer of at most 2^53 in magnitude. */
  pushInteger(value: number, repetition: number): void {
    const store = this.growInt64()
    const at = store.count++ * 2
    if ((value | 0) === value) {
      store.halves[at] = value
      store.halves[at + 1] = value >> 31
    } else {
      const high = Math.floor(value / TWO_32)
      store.halves[at] = value - high * TWO_32
      store.halves[at + 1] = high
    }
    this.pushLevels(this.maxDefinition, repetition)
  }

  pushBigInt(value: bigint, repetition: number): void {
    const store = this.growInt64()
    store.values[store.count++] = value
    this.pushLevels(this.maxDefinition, repetition)
  }

  pushBytes(source: ByteView, start: number, end: number, repetition: number): void {
    const store = this.store as BytesStore
    const { dictionary } = store
    this.pushId(
      store,
      dictionary.distinct ? dictionary.add(source, start, end) : dictionary.addUnseen(source, start, end),
      repetition,
    )
    if (store.count === PROBE_VALUES && dictionary.count > PROBE_VALUES * PROBE_SHARE) dictionary.distinct = false
  }

  /** As `pushBytes`, of a map's key. Returns its number: equal keys have equal ones. */
  pushKey(source: ByteView, start: number, end: number, repetition: number): number {
    const store = this.store as BytesStore
    const id = store.dictionary.add(source, start, end)
    this.pushId(store, id, repetition)
    return id
  }

  /** Takes back everything after the first `rows` rows; at most one row more may be there. */
  rollback(rows: number): void {
    if (this.rows <= rows) return
    let entries = this.entries - 1
    if (this.repetition !== undefined) while (this.repetition.levels[entries] !== 0) entries--
    for (let i = entries; i < this.entries; i++) {
      if (this.definition[i] === this.maxDefinition && this.store !== undefined) this.store.count--
    }
    this.entries = entries
    this.rows = rows
    this.rolledBack = true
  }

  /** Turns a column of integers that are all exact in a double into one of doubles. */
  widenToDouble(): void {
    if (this.store?.physical !== 'INT64') throw new TypeError('only integers widen to double')
    const { count, values } = this.store
    const doubles = new Float64Array(values.length)
    for (let i = 0; i < count; i++) doubles[i] = Number(values[i])
    this.store = { physical: 'DOUBLE', count, values: doubles }
  }

  levels(): Levels {
    return { entries: this.entries, definition: this.definition, repetition: this.repetition?.levels }
  }

  /** The column as a value that shares this builder's memory: valid until the next push or `clear`. */
  view(): LeafColumn {
    if (this.store === undefined) throw new TypeError('a column of levels alone has no values')
    return { ...this.levels(), values: viewOf(this.store, this.rolledBack) }
  }

  /** Empties the column and keeps its memory for the next row group. */
  clear(): void {
    this.entries = 0
    this.rows = 0
    this.rolledBack = false
    if (this.store === undefined) return
    this.store.count = 0
    if (this.store.physical === 'BYTE_ARRAY') this.store.dictionary = new ByteDictionaryBuilder()
  }

  private pushLevels(definition: number, repetition: number): void {
    const { entries } = this
    if (entries === this.definition.length) {
      this.definition = grown(this.definition)
      if (this.repetition !== undefined) this.repetition.levels = grown(this.repetition.levels)
    }
    this.definition[entries] = definition
    if (this.repetition !== undefined) this.repetition.levels[entries] = repetition
    if (repetition === 0) this.rows++
    this.entries = entries + 1
  }

  private pushId(store: BytesStore, id: number, repetition: number): void {
    if (store.count === store.ids.length) {
      const ids = new Uint32Array(store.ids.length * 2)
      ids.set(store.ids)
      store.ids = ids
    }
    store.ids[store.count++] = id
    this.pushLevels(this.maxDefinition, repetition)
  }

  private growInt64(): Extract<ValueStore, { physical: 'INT64' }> {
    const store = this.store as Extract<ValueStore, { physical: 'INT64' }>
    if (store.count === store.values.length) {
      const values = new BigInt64Array(store.values.length * 2)
      values.set(store.values)
      store.values = values
      store.halves = new Int32Array(values.buffer)
    }
    return store
  }

  private adopt(levels: Levels): void {
    this.entries = levels.entries
    this.definition = padded(levels.definition, levels.entries)
    if (this.repetition === undefined) {
      this.rows = levels.entries
      return
    }
    this.repetition.levels = new Uint8Array(this.definition.length)
    if (levels.repetition !== undefined) this.repetition.levels.set(levels.repetition.subarray(0, levels.entries))
    for (let i = 0; i < levels.entries; i++) if (this.repetition.levels[i] === 0) this.rows++
  }
}

type ValueStore =
  | { readonly physical: 'BOOLEAN'; count: number; values: Uint8Array }
  /** `halves` are the same bytes as `values`, low half first (the machines that Node runs on are little-endian). */
  | { readonly physical: 'INT64'; count: number; values: BigInt64Array; halves: Int32Array }
  | { readonly physical: 'DOUBLE'; count: number; values: Float64Array }
  | { readonly physical: 'BYTE_ARRAY'; count: number; ids: Uint32Array; dictionary: ByteDictionaryBuilder }

type BytesStore = Extract<ValueStore, { physical: 'BYTE_ARRAY' }>

function newStore(physical: Physical): ValueStore {
  switch (physical) {
    case 'BOOLEAN':
      return { physical, count: 0, values: new Uint8Array(64) }
    case 'INT64': {
      const values = new BigInt64Array(64)
      return { physical, count: 0, values, halves: new Int32Array(values.buffer) }
    }
    case 'DOUBLE':
      return { physical, count: 0, values: new Float64Array(64) }
    case 'BYTE_ARRAY':
      return { physical, count: 0, ids: new Uint32Array(64), dictionary: new ByteDictionaryBuilder() }
  }
}

function viewOf(store: ValueStore, rolledBack: boolean): LeafValues {
  if (store.physical !== 'BYTE_ARRAY') return store
  const { physical, count, ids } = store
  const dictionary = store.dictionary.view()
  return { physical, count, ...(rolledBack ? compactDictionary(dictionary, ids, count) : { ids, dictionary }) }
}

function grown(array: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(array.length * 2)
  larger.set(array)
  return larger
}

function padded(levels: Uint8Array, entries: number): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(Math.max(64, entries))
  array.set(levels.subarray(0, entries))
  return array
}
