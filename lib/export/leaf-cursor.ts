import type { ByteDictionary, LeafColumn } from '../shred/batch.ts'

const NO_BYTES = new Uint8Array(0)
const NO_IDS = new Uint32Array(0)

/** What `dictionary-text.ts` makes of a dictionary: entries as a format writes them, by the same ids. */
export type EncodeEntries = (dictionary: ByteDictionary) => ByteDictionary

/** A place in a leaf column, entry by entry. The arrays are those of the batch; all leaves have one form, for speed. */
export class LeafCursor {
  definition: Uint8Array = NO_BYTES
  repetition: Uint8Array | undefined = undefined
  entries = 0
  /** The level entry at hand. */
  entry = 0
  /** How many values are before it. */
  value = 0
  bools: Uint8Array = NO_BYTES
  /** int64 and timestamps: per value its low word, then its high word. */
  words: Int32Array = new Int32Array(0)
  doubles: Float64Array = new Float64Array(0)
  ids: Uint32Array = NO_IDS
  /** Texts, as `encode` made them of the dictionary's. */
  bytes: Uint8Array = NO_BYTES
  offsets: Uint32Array = NO_IDS
  private source: ByteDictionary | undefined
  private readonly encode: EncodeEntries

  constructor(encode: EncodeEntries) {
    this.encode = encode
  }

  load({ entries, definition, repetition, values }: LeafColumn): void {
    this.definition = definition
    this.repetition = repetition
    this.entries = entries
    this.entry = 0
    this.value = 0
    switch (values.physical) {
      case 'BOOLEAN':
        this.bools = values.values
        return
      case 'INT64':
        this.words = new Int32Array(values.values.buffer, values.values.byteOffset, values.count * 2)
        return
      case 'DOUBLE':
        this.doubles = values.values
        return
      case 'BYTE_ARRAY':
        this.ids = values.ids
        this.look(values.dictionary)
    }
  }

  /** Batches of one chunk share a dictionary, which is encoded once. */
  private look(dictionary: ByteDictionary): void {
    if (dictionary === this.source) return
    const { bytes, offsets } = this.encode(dictionary)
    this.source = dictionary
    this.bytes = bytes
    this.offsets = offsets
  }

  /** Passes the rest of the row. */
  skipRow(maxDefinition: number): void {
    do {
      if (this.definition[this.entry] === maxDefinition) this.value++
      this.entry++
    } while (this.repetition !== undefined && this.entry < this.entries && this.repetition[this.entry] !== 0)
  }

  /** The repetition level of the entry at hand, 0 at the end of the batch. */
  get repeats(): number {
    return this.repetition === undefined || this.entry >= this.entries ? 0 : this.repetition[this.entry]!
  }
}
