import { byteView } from './byte-view.ts'
import { BACKSLASH, type Cursor, QUOTE } from './cursor.ts'
import { Reject } from './reject.ts'

const LETTER_U = 0x75

/** Reads the string at the cursor; its content, unescaped, is `text` from `textStart` to `textEnd` then. */
export function readString(cursor: Cursor): void {
  const { bytes, end } = cursor
  const start = cursor.at + 1
  let at = plainWords(cursor.source.view, start, end)
  while (at < end) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      cursor.text = cursor.source
      cursor.textStart = start
      cursor.textEnd = at
      cursor.at = at + 1
      return
    }
    if (byte === BACKSLASH) return readEscaped(cursor, start, at)
    if (byte < 0x20) {
      cursor.at = at
      throw cursor.malformed('no control character in a string')
    }
    at++
  }
  cursor.at = end
  throw cursor.malformed('the end of a string')
}

/**
 * Passes words of four bytes without a quote, a backslash or a control character. (`(x - 0x01010101) & ~x & 0x80808080` is
 * not 0 when a byte of x is 0; a borrow can only add hits above a true one. Warren, Hacker's Delight, 6-1.)
 */
function plainWords(view: DataView, start: number, end: number): number {
  const last = end - 4
  let at = start
  for (; at <= last; at += 4) {
    const word = view.getInt32(at, true)
    const quote = word ^ 0x22222222
    const slash = word ^ 0x5c5c5c5c
    const hits =
      (((quote - 0x01010101) | 0) & ~quote) |
      (((slash - 0x01010101) | 0) & ~slash) |
      (((word - 0x20202020) | 0) & ~word)
    if ((hits & 0x80808080) !== 0) break
  }
  return at
}

function readEscaped(cursor: Cursor, start: number, firstEscape: number): void {
  const { bytes, end } = cursor
  if (cursor.scratch.bytes.length < end - start) cursor.scratch = byteView(new Uint8Array((end - start) * 2))
  const scratch = cursor.scratch.bytes
  scratch.set(bytes.subarray(start, firstEscape))
  let length = firstEscape - start
  let at = firstEscape
  while (at < end) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      cursor.text = cursor.scratch
      cursor.textStart = 0
      cursor.textEnd = length
      cursor.at = at + 1
      return
    }
    if (byte === BACKSLASH) {
      cursor.at = at
      length = readEscape(cursor, scratch, length)
      at = cursor.at
    } else {
      if (byte < 0x20) {
        cursor.at = at
        throw cursor.malformed('no control character in a string')
      }
      scratch[length++] = byte
      at++
    }
  }
  cursor.at = end
  throw cursor.malformed('the end of a string')
}

/** Passes one escape sequence and appends what it means; an escape is never shorter than its UTF-8. */
function readEscape(cursor: Cursor, out: Uint8Array, length: number): number {
  const letter = cursor.at + 1 < cursor.end ? cursor.bytes[cursor.at + 1]! : -1
  const simple = SIMPLE_ESCAPES.get(letter)
  if (simple !== undefined) {
    cursor.at += 2
    out[length] = simple
    return length + 1
  }
  if (letter !== LETTER_U) throw cursor.malformed('an escape that JSON knows')
  const from = cursor.at
  let point = hex4(cursor, from + 2)
  cursor.at = from + 6
  if (point >= 0xd800 && point <= 0xdfff) {
    const paired =
      point <= 0xdbff &&
      cursor.bytes[from + 6] === BACKSLASH &&
      cursor.bytes[from + 7] === LETTER_U &&
      from + 8 < cursor.end
    const low = paired ? hex4(cursor, from + 8) : -1
    if (low < 0xdc00 || low > 0xdfff) {
      throw new Reject('not_utf8', `a lone surrogate, which UTF-8 cannot hold, at byte ${cursor.positionOf(from)}`)
    }
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
    cursor.at = from + 12
  }
  return appendUtf8(out, length, point)
}

function hex4(cursor: Cursor, from: number): number {
  let value = 0
  for (let i = from; i < from + 4; i++) {
    const digit = i < cursor.end ? hexDigit(cursor.bytes[i]!) : -1
    if (digit < 0) throw cursor.malformed('four hex digits after \\u')
    value = value * 16 + digit
  }
  return value
}

const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map(
  [...'""', ...'\\\\', ...'//', ...'b\b', ...'f\f', ...'n\n', ...'r\r', ...'t\t']
    .map((char) => char.charCodeAt(0))
    .flatMap((code, i, all): [number, number][] => (i % 2 === 0 ? [[code, all[i + 1]!]] : [])),
)

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function appendUtf8(out: Uint8Array, length: number, point: number): number {
  if (point < 0x80) {
    out[length] = point
    return length + 1
  }
  if (point < 0x800) {
    out[length] = 0xc0 | (point >> 6)
    out[length + 1] = 0x80 | (point & 0x3f)
    return length + 2
  }
  if (point < 0x10000) {
    out[length] = 0xe0 | (point >> 12)
    out[length + 1] = 0x80 | ((point >> 6) & 0x3f)
    out[length + 2] = 0x80 | (point & 0x3f)
    return length + 3
  }
  out[length] = 0xf0 | (point >> 18)
  out[length + 1] = 0x80 | ((point >> 12) & 0x3f)
  out[length + 2] = 0x80 | ((point >> 6) & 0x3f)
  out[length + 3] = 0x80 | (point & 0x3f)
  return length + 4
}
