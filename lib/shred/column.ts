import type { ArrayMemory } from './array-memory.ts'
import type { LeafColumn, LeafValues } from './batch.ts'
import { ByteDictionaryBuilder, compactDictionary } from './byte-dictionary.ts'
import type { ByteView } from './byte-view.ts'
import type { Levels } from './null-levels.ts'

export type Physical = LeafValues['physical']

const TWO_32 = 2 ** 32
const FIRST_LEVELS = 64
const FIRST_VALUE_BYTES = 512

/** `physical` undefined makes a column of levels alone. */
export interface ColumnShape {
  readonly physical: Physical | undefined
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** When of so many byte strings more than this share were new, later ones are no longer looked up in the row group. */
const PROBE_VALUES = 4096
const PROBE_SHARE = 0.8

/**
 * A growing leaf column: Dremel levels, and values in typed arrays; no object per value. One of levels alone stands for
 * a container until a leaf below it can carry them.
 *
 * Memory: 1 byte per level, 8 per number, 4 per string plus the distinct strings; arrays double as they grow.
 */
export class Column {
  /** Level entries so far. */
  entries = 0
  /** Entries that begin a row. */
  rows = 0
  definition: Uint8Array<ArrayBuffer>
  readonly repetition: { levels: Uint8Array<ArrayBuffer> } | undefined
  readonly maxDefinition: number
  private store: ValueStore | undefined
  private readonly memory: ArrayMemory
  /** Whether the dictionary may hold what no value uses any more. */
  private rolledBack = false

  constructor(memory: ArrayMemory, { physical, maxDefinition, maxRepetition }: ColumnShape, levels?: Levels) {
    this.memory = memory
    this.maxDefinition = maxDefinition
    this.definition = new Uint8Array(memory.take(FIRST_LEVELS))
    this.repetition = maxRepetition > 0 ? { levels: new Uint8Array(memory.take(FIRST_LEVELS)) } : undefined
    this.store = physical === undefined ? undefined : newStore(physical, memory)
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
    if (store.count === store.values.length) store.values = this.grown(store.values)
    store.values[store.count++] = value ? 1 : 0
    this.pushLevels(this.maxDefinition, repetition)
  }

  pushDouble(value: number, repetition: number): void {
    const store = this.store as Extract<ValueStore, { physical: 'DOUBLE' }>
    if (store.count === store.values.length) {
      const old = store.values
      store.values = new Float64Array(this.memory.take(old.byteLength * 2))
      store.values.set(old)
      this.memory.give(old.buffer)
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

  /** `hash` is the `hashOf` the bytes. */
  pushBytes(source: ByteView, start: number, end: number, hash: number, repetition: number): void {
    const store = this.store as BytesStore
    const { dictionary } = store
    const { distinct } = dictionary
    const id = distinct ? dictionary.add(source, start, end, hash) : dictionary.addUnseen(source, start, end)
    this.pushId(store, id, repetition)
    if (store.count === PROBE_VALUES && dictionary.count > PROBE_VALUES * PROBE_SHARE) dictionary.distinct = false
  }

  /** As `pushBytes`, of a map's key. Returns its number: equal keys have equal ones. */
  pushKey(source: ByteView, start: number, end: number, hash: number, repetition: number): number {
    const store = this.store as BytesStore
    const id = store.dictionary.add(source, start, end, hash)
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
    const doubles = new Float64Array(this.memory.take(values.byteLength))
    for (let i = 0; i < count; i++) doubles[i] = Number(values[i])
    this.memory.give(values.buffer)
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
    if (this.store.physical !== 'BYTE_ARRAY') return
    this.store.dictionary.free()
    this.store.dictionary = new ByteDictionaryBuilder(this.memory)
  }

  /** Gives the memory back. The column and its views are of no use after this. */
  free(): void {
    this.memory.give(this.definition.buffer)
    if (this.repetition !== undefined) this.memory.give(this.repetition.levels.buffer)
    if (this.store === undefined) return
    if (this.store.physical !== 'BYTE_ARRAY') return this.memory.give(this.store.values.buffer)
    this.memory.give(this.store.ids.buffer)
    this.store.dictionary.free()
  }

  private pushLevels(definition: number, repetition: number): void {
    const { entries } = this
    if (entries === this.definition.length) {
      this.definition = this.grown(this.definition)
      if (this.repetition !== undefined) this.repetition.levels = this.grown(this.repetition.levels)
    }
    this.definition[entries] = definition
    if (this.repetition !== undefined) this.repetition.levels[entries] = repetition
    if (repetition === 0) this.rows++
    this.entries = entries + 1
  }

  private pushId(store: BytesStore, id: number, repetition: number): void {
    if (store.count === store.ids.length) {
      const old = store.ids
      store.ids = new Uint32Array(this.memory.take(old.byteLength * 2))
      store.ids.set(old)
      this.memory.give(old.buffer)
    }
    store.ids[store.count++] = id
    this.pushLevels(this.maxDefinition, repetition)
  }

  private growInt64(): Extract<ValueStore, { physical: 'INT64' }> {
    const store = this.store as Extract<ValueStore, { physical: 'INT64' }>
    if (store.count === store.values.length) {
      const old = store.values
      store.values = new BigInt64Array(this.memory.take(old.byteLength * 2))
      store.values.set(old)
      store.halves = new Int32Array(store.values.buffer)
      this.memory.give(old.buffer)
    }
    return store
  }

  private grown(old: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const larger = new Uint8Array(this.memory.take(old.length * 2))
    larger.set(old)
    this.memory.give(old.buffer)
    return larger
  }

  private adopt(levels: Levels): void {
    this.entries = levels.entries
    this.definition = new Uint8Array(this.memory.take(levels.entries))
    this.definition.set(levels.definition.subarray(0, levels.entries))
    if (this.repetition === undefined) {
      this.rows = levels.entries
      return
    }
    this.repetition.levels = new Uint8Array(this.memory.take(this.definition.length))
    if (levels.repetition === undefined) this.repetition.levels.fill(0)
    else this.repetition.levels.set(levels.repetition.subarray(0, levels.entries))
    for (let i = 0; i < levels.entries; i++) if (this.repetition.levels[i] === 0) this.rows++
  }
}

type ValueStore =
  | { readonly physical: 'BOOLEAN'; count: number; values: Uint8Array<ArrayBuffer> }
  /** `halves` are the same bytes as `values`, low half first (the machines that Node runs on are little-endian). */
  | { readonly physical: 'INT64'; count: number; values: BigInt64Array<ArrayBuffer>; halves: Int32Array }
  | { readonly physical: 'DOUBLE'; count: number; values: Float64Array<ArrayBuffer> }
  | { readonly physical: 'BYTE_ARRAY'; count: number; ids: Uint32Array<ArrayBuffer>; dictionary: ByteDictionaryBuilder }

type BytesStore = Extract<ValueStore, { physical: 'BYTE_ARRAY' }>

function newStore(physical: Physical, memory: ArrayMemory): ValueStore {
  const buffer = memory.take(FIRST_VALUE_BYTES)
  switch (physical) {
    case 'BOOLEAN':
      return { physical, count: 0, values: new Uint8Array(buffer) }
    case 'INT64':
      return { physical, count: 0, values: new BigInt64Array(buffer), halves: new Int32Array(buffer) }
    case 'DOUBLE':
      return { physical, count: 0, values: new Float64Array(buffer) }
    case 'BYTE_ARRAY':
      return { physical, count: 0, ids: new Uint32Array(buffer), dictionary: new ByteDictionaryBuilder(memory) }
  }
}

function viewOf(store: ValueStore, rolledBack: boolean): LeafValues {
  if (store.physical !== 'BYTE_ARRAY') return store
  const { physical, count, ids } = store
  const dictionary = store.dictionary.view()
  return { physical, count, ...(rolledBack ? compactDictionary(dictionary, ids, count) : { ids, dictionary }) }
}
