import type { ByteDictionary } from './batch.ts'
import type { ByteView } from './byte-view.ts'

const EMPTY = -1

/**
 * Distinct byte strings, numbered in order of first use. Open addressing over one growing buffer: no object and no
 * string per entry. Memory: the distinct bytes, and about 16 bytes per entry.
 */
export class ByteDictionaryBuilder {
  count = 0
  /** As in `ByteDictionary`; read only. */
  bytes: Uint8Array<ArrayBuffer>
  offsets: Uint32Array
  private words: DataView
  private hashes: Int32Array
  private slots: Int32Array

  constructor(entries = 16) {
    this.bytes = new Uint8Array(entries * 8)
    this.words = new DataView(this.bytes.buffer)
    this.offsets = new Uint32Array(entries + 1)
    this.hashes = new Int32Array(entries)
    this.slots = new Int32Array(entries * 2).fill(EMPTY)
  }

  /** The number of `source[start … end)`, or -1 when it is not there. */
  find(source: ByteView, start: number, end: number): number {
    return this.slots[this.slotOf(source, start, end, hashOf(source, start, end))]!
  }

  /** The number of `source[start … end)`, which is added when it is new. */
  add(source: ByteView, start: number, end: number): number {
    const hash = hashOf(source, start, end)
    const slot = this.slotOf(source, start, end, hash)
    const known = this.slots[slot]!
    if (known !== EMPTY) return known
    const id = this.append(source, start, end)
    this.hashes[id] = hash
    if (this.slots.length < this.count * 2) this.rehash(this.slots.length * 2)
    else this.slots[slot] = id
    return id
  }

  private append(source: ByteView, start: number, end: number): number {
    const id = this.count
    if (id === this.hashes.length) this.growEntries()
    const from = this.offsets[id]!
    const to = from + end - start
    if (to > this.bytes.length) this.growBytes(to)
    copy(source.bytes, start, end, this.bytes, from)
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
    return { count: this.count, distinct: true, bytes: this.bytes, offsets: this.offsets }
  }

  private slotOf(source: ByteView, start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (let id = this.slots[slot]!; id !== EMPTY; id = this.slots[slot]!) {
      if (this.hashes[id] === hash && this.equals(id, source, start, end)) return slot
      slot = (slot + 1) & mask
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
    this.slots = size === this.slots.length ? this.slots.fill(EMPTY) : new Int32Array(size).fill(EMPTY)
    const mask = size - 1
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id]! & mask
      while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask
      this.slots[slot] = id
    }
  }

  private growEntries(): void {
    const offsets = new Uint32Array(this.hashes.length * 2 + 1)
    offsets.set(this.offsets)
    const hashes = new Int32Array(this.hashes.length * 2)
    hashes.set(this.hashes)
    this.offsets = offsets
    this.hashes = hashes
  }

  private growBytes(needed: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, needed))
    bytes.set(this.bytes)
    this.bytes = bytes
    this.words = new DataView(bytes.buffer)
  }
}

/** Below this a loop copies faster than a call does. */
const SHORT = 64

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start >= SHORT) return to.set(from.subarray(start, end), at)
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i]!
}

/** Multiplicative, four bytes at a time: a multiplication waits for the one before, so fewer of them are faster. */
function hashOf({ bytes, view }: ByteView, start: number, end: number): number {
  let hash = end - start
  let i = start
  for (; i + 4 <= end; i += 4) hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ view.getInt32(i, true), 0x9e3779b1)
  for (; i < end; i++) hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ bytes[i]!, 0x9e3779b1)
  // The table masks the low bits.
  return hash ^ (hash >>> 15)
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
  for (let start = 0; start < order.length; ) {
    // Few are missing, and what lies side by side stays so.
    let end = start + 1
    while (end < order.length && order[end] === order[end - 1]! + 1) end++
    const [from, to] = [dictionary.offsets[order[start]!]!, dictionary.offsets[order[end - 1]! + 1]!]
    bytes.set(dictionary.bytes.subarray(from, to), offsets[start]!)
    start = end
  }
  return {
    dictionary: { count: order.length, distinct: dictionary.distinct, bytes, offsets },
    ids: Uint32Array.from(ids.subarray(0, count), (id) => renumbered[id]!),
  }
}
