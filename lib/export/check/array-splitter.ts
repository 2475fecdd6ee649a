import { corrupt } from '../../parquet/read-tree.ts'
import { ByteWindow } from './byte-window.ts'
import type { RowTexts } from './row-texts.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What may come next outside of a row. */
type Wanted = '"["' | 'a row or "]"' | '"," or "]"' | 'a row' | 'the end' | 'the end of the file'

/** Where no white space may come. */
const AFTER: ReadonlySet<Wanted> = new Set(['the end', 'the end of the file'])

/** Cuts an array of objects into the objects. `end` follows the array. All throws are DaysealError `corrupt`. */
export class ArraySplitter {
  private readonly window = new ByteWindow()
  private wanted: Wanted = '"["'
  private readonly end: Buffer
  private ended = 0
  /** Of braces and brackets around; above 0 within a row. */
  private depth = 0
  private inText = false
  private rowStart = 0
  private at = 0
  /** Bytes before the window. */
  private offset = 0

  constructor(end = '\n') {
    this.end = Buffer.from(end)
  }

  push(block: Uint8Array): RowTexts {
    const { window } = this
    const passed = this.depth > 0 ? this.rowStart : this.at
    window.pass(passed)
    window.push(block)
    this.offset += passed
    this.at -= passed
    this.rowStart -= passed
    const bounds: number[] = []
    while (this.at < window.length) {
      if (this.depth === 0) this.between()
      else if (this.within()) bounds.push(this.rowStart, this.at)
      else break
    }
    return { bytes: window.bytes, bounds }
  }

  finish(): void {
    if (this.depth > 0) throw corrupt('the file ends within a row', 'the end of the file', '"}"')
    if (this.wanted !== 'the end of the file') throw this.unexpected('the end of the file')
  }

  /** One byte outside of rows. */
  private between(): void {
    const byte = this.window.bytes[this.at]!
    if (byte === OPEN_BRACE && (this.wanted === 'a row or "]"' || this.wanted === 'a row')) {
      this.rowStart = this.at
      this.depth = 1
      this.wanted = '"," or "]"'
    } else if (byte === OPEN_BRACKET && this.wanted === '"["') this.wanted = 'a row or "]"'
    else if (byte === COMMA && this.wanted === '"," or "]"') this.wanted = 'a row'
    else if (byte === CLOSE_BRACKET && this.wanted.endsWith('or "]"')) this.wanted = 'the end'
    else if (this.wanted === 'the end' && byte === this.end[this.ended]) {
      if (++this.ended === this.end.length) this.wanted = 'the end of the file'
    } else if (!isSpace(byte) || AFTER.has(this.wanted))
      throw this.unexpected(JSON.stringify(String.fromCharCode(byte)))
    this.at++
  }

  /** Goes on to the end of the row, and stays behind it. False where the window ends before. */
  private within(): boolean {
    const { bytes, length } = this.window
    let { at, depth, inText } = this
    while (at < length && depth > 0) {
      const byte = bytes[at]!
      if (inText) {
        // What it escapes may lie beyond the window.
        if (byte === BACKSLASH) at++
        else if (byte === QUOTE) inText = false
      } else if (byte === QUOTE) inText = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
      at++
    }
    this.at = at
    this.depth = depth
    this.inText = inText
    return depth === 0
  }

  private unexpected(seen: string) {
    return corrupt(`the array cannot be read at byte ${this.offset + this.at}`, seen, this.wanted)
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
