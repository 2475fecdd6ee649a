import type { LeafValues } from '../shred/batch.ts'
import { dictionaryBytes, encodeDictionary } from './plain.ts'

/** A chunk's distinct values in order of first use, and per value its index among them. */
export interface Dictionary {
  readonly count: number
  readonly ids: Uint32Array
  /** The size of the distinct values in PLAIN. */
  readonly bytes: number
  /** The distinct values in PLAIN: the dictionary page. */
  encode(): Uint8Array
}

/** A dictionary has no more entries than this. */
const MAX_ENTRIES = 2 ** 20
/** After so many numbers of which more than this share are distinct, there is no point in going on. */
const PROBE = 2 ** 14
const PROBE_SHARE = 0.98

/** Undefined where a dictionary could not pay: booleans, and values that hardly repeat. */
export function dictionaryOf(values: LeafValues): Dictionary | undefined {
  switch (values.physical) {
    case 'BOOLEAN':
      return undefined
    case 'INT64':
    case 'DOUBLE':
      return numberDictionary(values)
    case 'BYTE_ARRAY': {
      const { ids, dictionary, count } = values
      if (!dictionary.distinct || dictionary.count > MAX_ENTRIES || dictionary.count === count) return undefined
      const bytes = dictionaryBytes(dictionary)
      return { count: dictionary.count, ids, bytes, encode: () => encodeDictionary(dictionary) }
    }
  }
}

/** Numbers by their bits, so that -0 and 0 stay apart. */
function numberDictionary(values: {
  readonly values: BigInt64Array | Float64Array
  readonly count: number
}): Dictionary | undefined {
  const words = new Uint32Array(values.values.buffer, values.values.byteOffset, values.count * 2)
  const distinct = distinctWords(words, values.count)
  return distinct && { ...distinct, bytes: distinct.words.byteLength, encode: () => bytesOf(distinct.words) }
}

/**
 * The distinct pairs among `count` pairs of words, through a hash table with open addressing that is never more than
 * half full; undefined once more than half of all are distinct.
 */
function distinctWords(words: Uint32Array, count: number) {
  const limit = Math.min(MAX_ENTRIES, Math.floor(count / 2))
  const ids = new Uint32Array(count)
  let found = new Uint32Array(512)
  let slots = new Uint32Array(512) // 1 + the index of a pair in `found`; 0 for none
  let next = 0
  for (let i = 0; i < count; i++) {
    const low = words[i * 2]!
    const high = words[i * 2 + 1]!
    const slot = slotOf(slots, found, low, high)
    if (slots[slot] === 0) {
      if (next === limit || (i >= PROBE && next > i * PROBE_SHARE)) return undefined
      found[next * 2] = low
      found[next * 2 + 1] = high
      slots[slot] = ++next
      ids[i] = next - 1
      if (next * 2 === found.length) {
        found = grown(found)
        slots = slotsOf(found, next)
      }
    } else {
      ids[i] = slots[slot]! - 1
    }
  }
  return { count: next, ids, words: found.slice(0, next * 2) }
}

/** Where the pair is, or the free slot where it belongs. */
function slotOf(slots: Uint32Array, found: Uint32Array, low: number, high: number): number {
  let slot = hash(low, high) & (slots.length - 1)
  for (;;) {
    const at = (slots[slot]! - 1) * 2
    if (at < 0 || (found[at] === low && found[at + 1] === high)) return slot
    slot = (slot + 1) & (slots.length - 1)
  }
}

function slotsOf(found: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const slots = new Uint32Array(found.length)
  for (let i = 0; i < count; i++) slots[slotOf(slots, found, found[i * 2]!, found[i * 2 + 1]!)] = i + 1
  return slots
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(words.length * 2)
  more.set(words)
  return more
}

/** Mixes all bits into the low ones: doubles such as 1.5 have theirs at the top. */
function hash(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 8
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
}
