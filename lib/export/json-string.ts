import type { ByteDictionary } from '../shred/batch.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { encodeEntries, specialBytes } from './dictionary-text.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** RFC 8259, section 7: the quotation mark, the reverse solidus and the control characters. All else stays UTF-8. */
const SPECIAL = specialBytes([QUOTE, BACKSLASH, ...Array(0x20).keys()])

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '\\"'],
  [BACKSLASH, '\\\\'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
])

/** The entries as they stand between quotes. */
export function escapeEntries(dictionary: ByteDictionary): ByteDictionary {
  return encodeEntries(dictionary, SPECIAL, writeEscaped)
}

/** The text `bytes[start … end)`, without quotes around it. */
export function writeEscaped(out: ByteBuffer, bytes: Uint8Array, start: number, end: number): void {
  let from = start
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (SPECIAL[byte] === 0) continue
    out.appendPart(bytes, from, i)
    out.ascii(SHORT_ESCAPES.get(byte) ?? `\\u${byte.toString(16).padStart(4, '0')}`)
    from = i + 1
  }
  out.appendPart(bytes, from, end)
}
