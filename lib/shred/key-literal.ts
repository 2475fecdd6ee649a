import type { Cursor } from './cursor.ts'

/** What JSON has to or may escape is compared after unescaping only. */
const PLAIN_KEY = /^[^"\\\p{Cc}]+$/u

/**
 * `"key":` as it stands in most lines: words of four bytes, little-endian, the last of which ends with the colon and may
 * overlap the one before. Undefined where a key could not be told by comparing bytes.
 */
export interface KeyLiteral {
  readonly words: Int32Array
  readonly length: number
}

export function keyLiteral(key: string): KeyLiteral | undefined {
  if (!PLAIN_KEY.test(key)) return undefined
  const bytes = Buffer.from(`"${key}":`)
  const { length } = bytes
  const words = Int32Array.from({ length: Math.ceil(length / 4) }, (_, i) =>
    bytes.readInt32LE(Math.min(i * 4, length - 4)),
  )
  return { words, length }
}

/** Passes the key and its colon if they are what is at the cursor. */
export function passLiteral(cursor: Cursor, { words, length }: KeyLiteral): boolean {
  const { view } = cursor.source
  const { at } = cursor
  const last = at + length - 4
  if (last + 4 > cursor.end) return false
  for (let i = 0, from = at; from < last; i++, from += 4) if (view.getInt32(from, true) !== words[i]) return false
  if (view.getInt32(last, true) !== words[words.length - 1]) return false
  cursor.at = at + length
  return true
}
