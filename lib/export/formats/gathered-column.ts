import type { PhysicalType } from '../../parquet/schema.ts'
import type { ByteDictionary, LeafColumn, LeafValues } from '../../shred/batch.ts'
import { ByteDictionaryBuilder } from '../../shred/byte-dictionary.ts'
import { byteView } from '../../shred/byte-view.ts'

const UNKNOWN = -1
/** What the dictionary takes for an entry beside its bytes. */
const ENTRY_BYTES = 16
const VALUE_BYTES = { BOOLEAN: 1, INT64: 8, DOUBLE: 8, BYTE_ARRAY: 4 } as const satisfies Record<PhysicalType, number>

/**
 * A leaf column that grows by those of batches. Its dictionary has each value once, in order of first use, and none that
 * is not used, whatever the dictionaries of the batches have. Memory: a byte per level, 8 per number, 4 per string plus
 * the distinct strings; twice that while arrays grow, and 4 bytes per entry of the last batch's dictionary.
 */
export class GatheredColumn {
  private readonly physical: PhysicalType
  private readonly definition = new GrowingBytes()
  private readonly repetition: GrowingBytes | undefined
  /** Numbers as they lie in memory; for byte arrays their numbers in the dictionary. */
  private readonly values = new GrowingBytes()
  private readonly dictionary = new ByteDictionaryBuilder()
  /** The last batch's dictionary, and per entry of it the number here. Batches of one chunk share a dictionary. */
  private source: ByteDictionary | undefined
  private numbers = new Int32Array(0)

  constructor({ physical, maxRepetition }: { readonly physical: PhysicalType; readonly maxRepetition: number }) {
    this.physical = physical
    this.repetition = maxRepetition === 0 ? undefined : new GrowingBytes()
  }

  /** Roughly the bytes of what is held. */
  get size(): number {
    const { definition, repetition, values, dictionary } = this
    const strings = dictionary.offsets[dictionary.count]! + dictionary.count * ENTRY_BYTES
    return definition.length + (repetition?.length ?? 0) + values.length + strings
  }

  add({ entries, definition, repetition, values }: LeafColumn): void {
    this.definition.append(definition.subarray(0, entries))
    if (repetition !== undefined) this.repetition?.append(repetition.subarray(0, entries))
    if (values.physical !== 'BYTE_ARRAY') this.values.append(values.values.subarray(0, values.count))
    else this.values.append(this.numbersOf(values.dictionary, values.ids.subarray(0, values.count)))
  }

  /** Good until the next `add` or `clear`. */
  view(): LeafColumn {
    const { definition, repetition } = this
    return {
      entries: definition.length,
      definition: definition.view(),
      repetition: repetition?.view(),
      values: this.viewValues(),
    }
  }

  /** Forgets the rows and keeps the memory. */
  clear(): void {
    this.definition.length = 0
    this.values.length = 0
    if (this.repetition !== undefined) this.repetition.length = 0
    this.dictionary.truncate(0)
    this.source = undefined
  }

  private viewValues(): LeafValues {
    const { physical, values, dictionary } = this
    const { buffer } = values
    const count = values.length / VALUE_BYTES[physical]
    switch (physical) {
      case 'BOOLEAN':
        return { physical, count, values: new Uint8Array(buffer, 0, count) }
      case 'INT64':
        return { physical, count, values: new BigInt64Array(buffer, 0, count) }
      case 'DOUBLE':
        return { physical, count, values: new Float64Array(buffer, 0, count) }
      case 'BYTE_ARRAY':
        return { physical, count, ids: new Uint32Array(buffer, 0, count), dictionary: dictionary.view() }
    }
  }

  private numbersOf(source: ByteDictionary, ids: Uint32Array): Uint32Array {
    if (source !== this.source) {
      this.source = source
      if (this.numbers.length < source.count) this.numbers = new Int32Array(source.count)
      this.numbers.fill(UNKNOWN, 0, source.count)
    }
    const { dictionary, numbers } = this
    const { offsets } = source
    const view = byteView(source.bytes)
    const own = new Uint32Array(ids.length)
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!
      if (numbers[id] === UNKNOWN) numbers[id] = dictionary.add(view, offsets[id]!, offsets[id + 1]!)
      own[i] = numbers[id]!
    }
    return own
  }
}

/** The bytes of arrays of one kind, one after another. */
class GrowingBytes {
  length = 0
  private bytes = new Uint8Array(0)

  get buffer(): ArrayBuffer {
    return this.bytes.buffer
  }

  append({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    const end = this.length + byteLength
    if (end > this.bytes.length) this.grow(end)
    this.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), this.length)
    this.length = end
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** In steps of 8 bytes, so that any array may lie over it. */
  private grow(needed: number): void {
    const longer = new Uint8Array(Math.ceil(Math.max(needed, this.bytes.length * 2) / 8) * 8)
    longer.set(this.view())
    this.bytes = longer
  }
}
