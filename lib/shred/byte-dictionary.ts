import type { ArrayMemory } from './array-memory.ts'
import type { ByteDictionary } from './batch.ts'
import { type ByteView, copyBytes, hashOf } from './byte-view.ts'

const EMPTY = -1
const FIRST_ENTRIES = 16
const FIRST_BYTES = 128

/**
 * Distinct byte strings, numbered in order of first use. Open addressing over one growing buffer: no object and no
 * string per entry. Memory: the distinct bytes, and about 20 bytes per entry.
 */
export class ByteDictionaryBuilder {
  count = 0
  /** False once an entry was added without a look. */
  distinct = true
  private bytes: Uint8Array<ArrayBuffer>
  private words: DataView
  private offsets: Uint32Array<ArrayBuffer>
  /** An entry's number and its hash side by side, or EMPTY twice; at most half of them are taken. */
  private slots: Int32Array<ArrayBuffer>
  private readonly memory: ArrayMemory

  constructor(memory: ArrayMemory) {
    this.memory = memory
    this.bytes = new Uint8Array(memory.take(FIRST_BYTES))
    this.words = new DataView(this.bytes.buffer)
    this.offsets = new Uint32Array(memory.take(FIRST_ENTRIES * 4))
    this.offsets[0] = 0
    this.slots = new Int32Array(memory.take(FIRST_ENTRIES * 16)).fill(EMPTY)
  }

  /** The number of `source[start … end)`, whose `hashOf` is `hash`; -1 when it is not there. */
  find(source: ByteView, start: number, end: number, hash = hashOf(source, start, end)): number {
    return this.slots[this.slotOf(source, start, end, hash)]!
  }

  /** The number of `source[start … end)`, whose `hashOf` is `hash`; it is added when it is new. */
  add(source: ByteView, start: number, end: number, hash = hashOf(source, start, end)): number {
    const slot = this.slotOf(source, start, end, hash)
    const known = this.slots[slot]!
    if (known !== EMPTY) return known
    const id = this.append(source, start, end)
    this.slots[slot] = id
    this.slots[slot + 1] = hash
    if (this.count * 4 > this.slots.length) this.rehash(this.slots.length * 2)
    return id
  }

  /** Adds `source[start … end)` without a look whether it is there: from then on nothing can be found any more. */
  addUnseen(source: ByteView, start: number, end: number): number {
    this.distinct = false
    return this.append(source, start, end)
  }

  private append(source: ByteView, start: number, end: number): number {
    const id = this.count
    if (id + 1 === this.offsets.length) this.growOffsets()
    const from = this.offsets[id]!
    const to = from + end - start
    if (to > this.bytes.length) this.growBytes(to)
    copyBytes(source, start, end, this.bytes, from)
    this.offsets[id + 1] = to
    this.count = id + 1
    return id
  }

  /** Forgets the entries from number `count` on. */
  truncate(count: number): void {
    if (count >= this.count) return
    this.count = count
    this.rehash(this.slots.length)
  }

  /** The entries as a value that shares this builder's memory: valid until the next change. */
  view(): ByteDictionary {
    return { count: this.count, distinct: this.distinct, bytes: this.bytes, offsets: this.offsets }
  }

  /** Gives the memory back. The dictionary and its views are of no use after this. */
  free(): void {
    this.memory.give(this.bytes.buffer)
    this.memory.give(this.offsets.buffer)
    this.memory.give(this.slots.buffer)
  }

  /** Where the entry is, or where it belongs. */
  private slotOf(source: ByteView, start: number, end: number, hash: number): number {
    const { slots } = this
    const mask = slots.length - 2
    let slot = (hash << 1) & mask
    for (let id = slots[slot]!; id !== EMPTY; id = slots[slot]!) {
      if (slots[slot + 1] === hash && this.equals(id, source, start, end)) return slot
      slot = (slot + 2) & mask
    }
    return slot
  }

  private equals(id: number, { bytes, view }: ByteView, start: number, end: number): boolean {
    let at = this.offsets[id]!
    if (this.offsets[id + 1]! - at !== end - start) return false
    let i = start
    for (; i + 4 <= end; i += 4, at += 4) if (this.words.getInt32(at, true) !== view.getInt32(i, true)) return false
    for (; i < end; i++, at++) if (this.bytes[at] !== bytes[i]) return false
    return true
  }

  private rehash(size: number): void {
    const old = this.slots
    const mask = size - 2
    this.slots = new Int32Array(this.memory.take(size * 4)).fill(EMPTY)
    for (let i = 0; i < old.length; i += 2) {
      const id = old[i]!
      if (id === EMPTY || id >= this.count) continue
      let slot = (old[i + 1]! << 1) & mask
      while (this.slots[slot] !== EMPTY) slot = (slot + 2) & mask
      this.slots[slot] = id
      this.slots[slot + 1] = old[i + 1]!
    }
    this.memory.give(old.buffer)
  }

  private growOffsets(): void {
    const old = this.offsets
    this.offsets = new Uint32Array(this.memory.take(old.byteLength * 2))
    this.offsets.set(old)
    this.memory.give(old.buffer)
  }

  private growBytes(needed: number): void {
    const old = this.bytes
    this.bytes = new Uint8Array(this.memory.take(Math.max(old.length * 2, needed)))
    this.bytes.set(old)
    this.words = new DataView(this.bytes.buffer)
    this.memory.give(old.buffer)
  }
}

/**
 * The dictionary without entries that no value uses (a rejected line may leave some behind), in order of first use, and
 * the ids to match. Returns the arguments when every entry is in use in that order.
 */
export function compactDictionary(
  dictionary: ByteDictionary,
  ids: Uint32Array,
  count: number,
): { readonly dictionary: ByteDictionary; readonly ids: Uint32Array } {
  const renumbered = new Int32Array(dictionary.count).fill(EMPTY)
  const order: number[] = []
  let inOrder = true
  for (let i = 0; i < count; i++) {
    const id = ids[i]!
    if (renumbered[id] !== EMPTY) continue
    inOrder &&= id === order.length
    renumbered[id] = order.length
    order.push(id)
  }
  if (inOrder && order.length === dictionary.count) return { dictionary, ids }
  const offsets = new Uint32Array(order.length + 1)
  order.forEach((id, i) => {
    offsets[i + 1] = offsets[i]! + dictionary.offsets[id + 1]! - dictionary.offsets[id]!
  })
  const bytes = new Uint8Array(offsets[order.length]!)
  order.forEach((id, i) => {
    bytes.set(dictionary.bytes.subarray(dictionary.offsets[id]!, dictionary.offsets[id + 1]!), offsets[i]!)
  })
  return {
    dictionary: { count: order.length, distinct: dictionary.distinct, bytes, offsets },
    ids: Uint32Array.from(ids.subarray(0, count), (id) => renumbered[id]!),
  }
}
