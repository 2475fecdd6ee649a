import { type ByteView, byteView } from './byte-view.ts'
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
/**
 * A place in the bytes of one line, which must be valid UTF-8, and what was read last. The tokens of RFC 8259 are read by
 * its methods and by json-string.ts, json-number.ts and json-value.ts: each `read…` starts at `at`, leaves `at` behind the
 * token, and throws `Reject` where the bytes are not JSON.
 */
export class Cursor {
  /** The line lies in this; `bytes` are its bytes. */
  source: ByteView = byteView(new Uint8Array())
  bytes: Uint8Array = this.source.bytes
  at = 0
  end = 0
  /** The start of the line, for positions in messages. */
  private lineStart = 0

  /** After `readString`: the content, unescaped, is `text[textStart … textEnd)`. */
  text: ByteView = this.source
  textStart = 0
  textEnd = 0
  /** Where `readString` unescapes. */
  scratch: ByteView = byteView(new Uint8Array(256))

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
    if (bytes !== this.bytes) {
      this.source = byteView(bytes)
      this.bytes = bytes
    }
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
      throw new Reject('too_deep', `nested deeper than ${this.maxDepth} levels at byte ${this.positionOf(this.at)}`)
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

  /** Checks that nothing but white space follows. */
  expectEnd(): void {
    if (this.peek() !== -1) throw this.malformed('the end of the line')
  }

  malformed(wanted: string): Reject {
    const seen = this.at < this.end ? JSON.stringify(String.fromCharCode(this.bytes[this.at]!)) : 'the end of the line'
    return new Reject('not_json', `byte ${this.positionOf(this.at)}: seen ${seen}, wanted ${wanted}`)
  }

  /** A byte's number in its line, from 1. */
  positionOf(at: number): number {
    return at - this.lineStart + 1
  }
}
