import type { ByteDictionary } from '../shred/batch.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { hasSpecial, specialBytes, type WriteText, writeEntries } from './dictionary-text.ts'
import type { EncodeEntries } from './leaf-cursor.ts'

const QUOTE = 0x22
const APOSTROPHE = 0x27

/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = specialBytes(Buffer.from('=+-@\t\r'))
const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/** How texts are written as cells. */
export interface CsvCells {
  /** Every entry of a dictionary. */
  readonly encode: EncodeEntries
  /** One text. */
  readonly write: WriteText
}

/**
 * Cells of RFC 4180: in quotes when the text has the delimiter, a quote, a line end or NUL, when it is empty (what has no quotes
 * is null), and when it begins with U+FEFF, which a reader would drop from the beginning of a file. `formulaGuard` puts `'`
 * before a text that begins with = + - @, a tab or a carriage return, and before one that looks as if this had been done.
 */
export function csvCells(delimiter: string, formulaGuard: boolean): CsvCells {
  const special = specialBytes([QUOTE, 0x0d, 0x0a, 0x00, delimiter.charCodeAt(0)])
  const first = specialBytes([BYTE_ORDER_MARK[0]!, ...(formulaGuard ? [APOSTROPHE, ...bytesIn(FORMULA)] : [])])
  const write: WriteText = (out, bytes, start, end) => {
    const guarded = formulaGuard && looksLikeFormula(bytes, start, end)
    const quoted = start === end || hasSpecial(bytes, start, end, special) || beginsWithMark(bytes, start, end)
    if (quoted) out.byte(QUOTE)
    if (guarded) out.byte(APOSTROPHE)
    if (quoted) writeDoubled(out, bytes, start, end)
    else out.appendPart(bytes, start, end)
    if (quoted) out.byte(QUOTE)
  }
  return {
    write,
    encode: (dictionary) => (isPlain(dictionary, special, first) ? dictionary : writeEntries(dictionary, write)),
  }
}

/** Whether all entries are cells as they are. */
function isPlain({ bytes, offsets, count }: ByteDictionary, special: Uint8Array, first: Uint8Array): boolean {
  if (hasSpecial(bytes, offsets[0]!, offsets[count]!, special)) return false
  for (let id = 0; id < count; id++) {
    const start = offsets[id]!
    if (start === offsets[id + 1] || first[bytes[start]!] !== 0) return false
  }
  return true
}

function looksLikeFormula(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end && bytes[at] === APOSTROPHE) at++
  return at < end && FORMULA[bytes[at]!] !== 0
}

function beginsWithMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 3 && BYTE_ORDER_MARK.every((byte, i) => bytes[start + i] === byte)
}

/** RFC 4180, section 2.7: a quote within quotes is written twice. */
function writeDoubled(out: ByteBuffer, bytes: Uint8Array, start: number, end: number): void {
  let from = start
  for (let i = start; i < end; i++) {
    if (bytes[i] !== QUOTE) continue
    out.appendPart(bytes, from, i + 1)
    from = i
  }
  out.appendPart(bytes, from, end)
}

function bytesIn(table: Uint8Array): number[] {
  return [...table.keys()].filter((byte) => table[byte] !== 0)
}
