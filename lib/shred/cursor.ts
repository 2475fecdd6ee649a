import { Reject } from './reject.ts'

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const LETTER_T = 0x74
export const LETTER_F = 0x66
export const LETTER_N = 0x6e
const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** What a JSON number is to Parquet. */
export type NumberKind = 'int' | 'wide_int' | 'double' | 'huge'

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
/** Powers of ten that a double holds exactly: a product or quotient with an integer below 2^53 rounds once, so rightly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
/** A sum of digits that is below this was never rounded. */
const EXACT_LIMIT = 1e15

/**
 * A place in the bytes of one line, with the tokens of RFC 8259. The line must be valid UTF-8. Each `read…` starts at
 * `at`, leaves `at` behind the token, and throws `Reject` where the bytes are not JSON.
 */
export class Cursor {
  bytes: Uint8Array = new Uint8Array()
  at = 0
  end = 0
  /** The start of the line, for positions in messages. */
  private lineStart = 0

  /** After `readString`: the content, unescaped, is `text[textStart … textEnd)`. */
  text: Uint8Array = this.bytes
  textStart = 0
  textEnd = 0
  private scratch = new Uint8Array(256)

  /** After `readNumber`: the value of an `int` or a `double`. */
  number = 0
  /** After `readNumber`: the value of a `wide_int`. */
  bigint = 0n

  private readonly maxDepth: number
  private depth = 0

  constructor(maxDepth: number) {
    this.maxDepth = maxDepth
  }

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
    this.lineStart = start
    this.depth = 0
  }

  /** Back to the start of the line. */
  rewind(): void {
    this.reset(this.bytes, this.lineStart, this.end)
  }

  /** The next byte that is no white space, without passing it; -1 at the end. */
  peek(): number {
    const { bytes, end } = this
    let { at } = this
    while (at < end) {
      const byte = bytes[at]!
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.at = at
        return byte
      }
      at++
    }
    this.at = at
    return -1
  }

  /** Passes the byte that `peek` must find here. */
  expect(byte: number, wanted: string): void {
    if (this.peek() !== byte) throw this.malformed(wanted)
    this.at++
  }

  /** Passes a `{` or `[` and counts the depth; `leave` takes it back. */
  enter(): void {
    this.at++
    if (++this.depth > this.maxDepth) {
      throw new Reject('too_deep', `nested deeper than ${this.maxDepth} levels at byte ${this.position()}`)
    }
  }

  /** Passes the closing byte. */
  leave(): void {
    this.at++
    this.depth--
  }

  /**
   * After a member or an element: true when another follows (the comma is passed), false at `close` (not passed).
   */
  more(close: number): boolean {
    const byte = this.peek()
    if (byte === COMMA) {
      this.at++
      return true
    }
    if (byte === close) return false
    throw this.malformed(close === CLOSE_BRACE ? '"," or "}"' : '"," or "]"')
  }

  readString(): void {
    const { bytes, end } = this
    const start = this.at + 1
    let at = start
    while (at < end) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.text = bytes
        this.textStart = start
        this.textEnd = at
        this.at = at + 1
        return
      }
      if (byte === BACKSLASH) return this.readEscaped(start, at)
      if (byte < 0x20) {
        this.at = at
        throw this.malformed('no control character in a string')
      }
      at++
    }
    this.at = end
    throw this.malformed('the end of a string')
  }

  private readEscaped(start: number, firstEscape: number): void {
    const { bytes, end } = this
    let { scratch } = this
    if (scratch.length < end - start) scratch = this.scratch = new Uint8Array((end - start) * 2)
    scratch.set(bytes.subarray(start, firstEscape))
    let length = firstEscape - start
    let at = firstEscape
    while (at < end) {
      const byte = bytes[at]!
      if (byte === QUOTE) {
        this.text = scratch
        this.textStart = 0
        this.textEnd = length
        this.at = at + 1
        return
      }
      if (byte === BACKSLASH) {
        this.at = at
        length = this.unescape(scratch, length)
        at = this.at
      } else {
        if (byte < 0x20) {
          this.at = at
          throw this.malformed('no control character in a string')
        }
        scratch[length++] = byte
        at++
      }
    }
    this.at = end
    throw this.malformed('the end of a string')
  }

  /** Passes one escape sequence and appends what it means; an escape is never shorter than its UTF-8. */
  private unescape(out: Uint8Array, length: number): number {
    const letter = this.at + 1 < this.end ? this.bytes[this.at + 1]! : -1
    const simple = SIMPLE_ESCAPES.get(letter)
    if (simple !== undefined) {
      this.at += 2
      out[length] = simple
      return length + 1
    }
    if (letter !== 0x75) throw this.malformed('an escape that JSON knows')
    const from = this.at
    let point = this.hex4(from + 2)
    this.at = from + 6
    if (point >= 0xd800 && point <= 0xdfff) {
      const paired =
        point <= 0xdbff && this.bytes[from + 6] === BACKSLASH && this.bytes[from + 7] === 0x75 && from + 8 < this.end
      const low = paired ? this.hex4(from + 8) : -1
      if (low < 0xdc00 || low > 0xdfff) {
        throw new Reject('not_utf8', `a lone surrogate, which UTF-8 cannot hold, at byte ${from - this.lineStart + 1}`)
      }
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
      this.at = from + 12
    }
    return appendUtf8(out, length, point)
  }

  private hex4(from: number): number {
    let value = 0
    for (let i = from; i < from + 4; i++) {
      const digit = i < this.end ? hexDigit(this.bytes[i]!) : -1
      if (digit < 0) throw this.malformed('four hex digits after \\u')
      value = value * 16 + digit
    }
    return value
  }

  readNumber(): NumberKind {
    const { bytes, end } = this
    const start = this.at
    const negative = bytes[start] === MINUS
    let at = negative ? start + 1 : start
    let mantissa = 0
    const firstDigit = at
    while (at < end && isDigit(bytes[at]!)) mantissa = mantissa * 10 + bytes[at++]! - ZERO
    const digits = at - firstDigit
    if (digits === 0 || (digits > 1 && bytes[firstDigit] === ZERO)) throw this.malformed('a JSON value')
    let exponent = 0
    const integer = at === end || (bytes[at] !== DOT && (bytes[at]! | 0x20) !== 0x65)
    if (!integer && bytes[at] === DOT) {
      const firstFraction = ++at
      while (at < end && isDigit(bytes[at]!)) mantissa = mantissa * 10 + bytes[at++]! - ZERO
      exponent = firstFraction - at
      if (exponent === 0) throw this.malformed('a digit after the decimal point')
    }
    if (!integer && at < end && (bytes[at]! | 0x20) === 0x65) {
      const sign = bytes[++at]
      if (sign === MINUS || sign === PLUS) at++
      const firstExponent = at
      let value = 0
      while (at < end && isDigit(bytes[at]!)) value = Math.min(value * 10 + bytes[at++]! - ZERO, 100_000)
      if (at === firstExponent) throw this.malformed('a digit in the exponent')
      exponent += sign === MINUS ? -value : value
    }
    this.at = at
    if (integer) return this.integer(start, negative, mantissa)
    return this.double(start, negative, mantissa, exponent)
  }

  private integer(start: number, negative: boolean, magnitude: number): NumberKind {
    if (magnitude < EXACT_LIMIT) {
      this.number = negative ? -magnitude : magnitude
      // −0 is no integer of int64.
      return negative && magnitude === 0 ? 'double' : 'int'
    }
    const value = BigInt(this.latin1(start))
    if (value < INT64_MIN || value > INT64_MAX) return 'huge'
    this.bigint = value
    this.number = Number(value)
    return Math.abs(this.number) <= 2 ** 53 && BigInt(this.number) === value ? 'int' : 'wide_int'
  }

  private double(start: number, negative: boolean, mantissa: number, exponent: number): NumberKind {
    if (mantissa < EXACT_LIMIT && exponent >= -22 && exponent <= 22) {
      const value = exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!
      this.number = negative ? -value : value
      return 'double'
    }
    this.number = Number(this.latin1(start))
    return Number.isFinite(this.number) ? 'double' : 'huge'
  }

  private latin1(start: number): string {
    let text = ''
    for (let i = start; i < this.at; i++) text += String.fromCharCode(this.bytes[i]!)
    return text
  }

  readTrue(): void {
    this.literal('true')
  }

  readFalse(): void {
    this.literal('false')
  }

  readNull(): void {
    this.literal('null')
  }

  private literal(word: string): void {
    const { bytes, at } = this
    for (let i = 0; i < word.length; i++) {
      if (at + i >= this.end || bytes[at + i] !== word.charCodeAt(i)) throw this.malformed('a JSON value')
    }
    this.at = at + word.length
  }

  /** Passes one value of any kind and checks that it is JSON. */
  skipValue(): void {
    switch (this.peek()) {
      case OPEN_BRACE:
        this.enter()
        if (this.peek() !== CLOSE_BRACE) {
          do {
            this.skipKey()
            this.skipValue()
          } while (this.more(CLOSE_BRACE))
        }
        return this.leave()
      case OPEN_BRACKET:
        this.enter()
        if (this.peek() !== CLOSE_BRACKET) {
          do this.skipValue()
          while (this.more(CLOSE_BRACKET))
        }
        return this.leave()
      case QUOTE:
        return this.readString()
      case LETTER_T:
        return this.readTrue()
      case LETTER_F:
        return this.readFalse()
      case LETTER_N:
        return this.readNull()
      default:
        this.readNumber()
    }
  }

  /** Passes a key, which `text` holds then, and its colon. */
  skipKey(): void {
    if (this.peek() !== QUOTE) throw this.malformed('a key in quotes')
    this.readString()
    this.expect(COLON, '":" after a key')
  }

  /** Checks that nothing but white space follows. */
  expectEnd(): void {
    if (this.peek() !== -1) throw this.malformed('the end of the line')
  }

  malformed(wanted: string): Reject {
    const seen = this.at < this.end ? JSON.stringify(String.fromCharCode(this.bytes[this.at]!)) : 'the end of the line'
    return new Reject('not_json', `byte ${this.position()}: seen ${seen}, wanted ${wanted}`)
  }

  /** The present byte's number in its line, from 1. */
  private position(): number {
    return this.at - this.lineStart + 1
  }
}

const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map(
  [...'""', ...'\\\\', ...'//', ...'b\b', ...'f\f', ...'n\n', ...'r\r', ...'t\t']
    .map((char) => char.charCodeAt(0))
    .flatMap((code, i, all): [number, number][] => (i % 2 === 0 ? [[code, all[i + 1]!]] : [])),
)

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO
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
