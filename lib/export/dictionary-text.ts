import type { ByteDictionary } from '../shred/batch.ts'
import { ByteBuffer } from './byte-buffer.ts'

/** Appends the text `bytes[start … end)` as a format writes it. */
export type WriteText = (out: ByteBuffer, bytes: Uint8Array, start: number, end: number) => void

/**
 * Every entry of a dictionary as a format writes it, by the same ids. Gives back the dictionary itself where no byte is
 * `special` and all can stay: the usual case.
 * @param special per byte value, not 0 where an entry with it is not written as it is
 */
export function encodeEntries(dictionary: ByteDictionary, special: Uint8Array, write: WriteText): ByteDictionary {
  const { bytes, offsets, count } = dictionary
  if (!hasSpecial(bytes, offsets[0]!, offsets[count]!, special)) return dictionary
  return writeEntries(dictionary, write)
}

/** Every entry written anew. */
export function writeEntries(dictionary: ByteDictionary, write: WriteText): ByteDictionary {
  const { bytes, offsets, count } = dictionary
  const out = new ByteBuffer(offsets[count]! - offsets[0]! + count * 2)
  const ends = new Uint32Array(count + 1)
  for (let id = 0; id < count; id++) {
    write(out, bytes, offsets[id]!, offsets[id + 1]!)
    ends[id + 1] = out.length
  }
  return { count, distinct: dictionary.distinct, bytes: out.bytes, offsets: ends }
}

export function hasSpecial(bytes: Uint8Array, start: number, end: number, special: Uint8Array): boolean {
  for (let i = start; i < end; i++) if (special[bytes[i]!] !== 0) return true
  return false
}

/** A table for `encodeEntries`. */
export function specialBytes(values: Iterable<number>): Uint8Array {
  const table = new Uint8Array(256)
  for (const value of values) table[value] = 1
  return table
}
