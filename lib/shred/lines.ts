import { isUtf8 } from 'node:buffer'

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Bytes of an object: `bytes[start … end)`. */
export interface Lines {
  /** Another array wherever the content is another. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** One line of an object, without its newline; a carriage return before it still belongs to the line. */
export interface Line extends Lines {
  /** From 1, blank lines counted. */
  readonly number: number
  /** Bytes before the line in the decompressed object. */
  readonly offset: number
  readonly utf8: boolean
  /** Of a line longer than the limit: which piece of it this is, from 1, and whether it ends the line. */
  readonly piece?: { readonly part: number; readonly last: boolean }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const NONE = Buffer.alloc(0)

/**
 * Cuts decompressed blocks into lines: after each `push` call `next` until there is none, and `end` at the end. A line that
 * lies in one block is handed over in place; one that crosses blocks is put together first. A byte order mark at the
 * start of the object is passed over. A line is valid until the next one.
 *
 * Memory: one line of at most `maxLineBytes`; longer ones come in pieces.
 */
export class LineSplitter {
  private block: Buffer = NONE
  /** What of the block is not handed over yet begins here. */
  private at = 0
  /** The lines after the block's first one end here. One look whether all of them are UTF-8 is cheaper than one at each. */
  private wholeEnd = 0
  private utf8 = false
  private carry = NONE
  private carried = 0
  private number = 1
  /** Bytes of the object that have been handed over, with their newlines. */
  private offset = 0
  private parts = 0
  private started = false
  private readonly maxLineBytes: number
  /** One for all: an object per line would be garbage per line. */
  private readonly line: Mutable<Line> = { bytes: NONE, start: 0, end: 0, number: 0, offset: 0, utf8: false }

  constructor(maxLineBytes: number) {
    this.maxLineBytes = maxLineBytes
  }

  /** Takes the next block; every line of the one before has been handed over. */
  push(block: Uint8Array): void {
    this.block = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
    this.at = 0
    const first = this.block.indexOf(NEWLINE)
    this.wholeEnd = this.block.lastIndexOf(NEWLINE) + 1
    this.utf8 = first >= 0 && isUtf8(this.block.subarray(first + 1, this.wholeEnd))
  }

  /** The lines from here on that lie in this block, each with its newline, if they are known to be UTF-8. */
  wholeLines(): Lines | undefined {
    const { block, at, wholeEnd, utf8, parts } = this
    return utf8 && parts === 0 && at > 0 && at < wholeEnd ? { bytes: block, start: at, end: wholeEnd } : undefined
  }

  /** Passes over so many of `wholeLines`, which end at `end`. */
  pass(lines: number, end: number): void {
    this.number += lines
    this.offset += end - this.at
    this.at = end
  }

  /** The next line that ends in this block, or the next piece of a longer one. */
  next(): Line | undefined {
    const { block, at: start } = this
    if (start === block.length) return undefined
    const newline = block.indexOf(NEWLINE, start)
    const end = newline < 0 ? block.length : newline
    const room = this.maxLineBytes - this.carried
    if (end - start > room) {
      this.append(block.subarray(start, start + room))
      this.at = start + room
      return this.piece(false)
    }
    this.at = newline < 0 ? end : newline + 1
    if (newline < 0 || this.carried > 0 || this.parts > 0) this.append(block.subarray(start, end))
    else return this.ended(this.whole(block, start, newline, start > 0 && this.utf8))
    return newline < 0 ? undefined : this.ended(this.carriedLine())
  }

  /** The end of the object: a last line may lack its newline. */
  end(): Line | undefined {
    return this.carried > 0 || this.parts > 0 ? this.carriedLine() : undefined
  }

  /** Counts a line's newline. */
  private ended(line: Line): Line {
    this.number++
    this.offset++
    return line
  }

  private whole(bytes: Uint8Array, start: number, end: number, knownUtf8: boolean): Line {
    const from = this.passMark(bytes, start, end)
    const { line } = this
    line.bytes = bytes
    line.start = from
    line.end = end
    line.number = this.number
    line.offset = this.offset
    line.utf8 = knownUtf8 || isUtf8(bytes.subarray(from, end))
    this.offset += end - from
    return line
  }

  private carriedLine(): Line {
    if (this.parts > 0) return this.piece(true)
    const { carried } = this
    this.carried = 0
    return this.whole(this.carry.subarray(0, carried), 0, carried, false)
  }

  private piece(last: boolean): Line {
    const { carried } = this
    this.carried = 0
    const part = this.parts + 1
    this.parts = last ? 0 : part
    return { ...this.whole(this.carry.subarray(0, carried), 0, carried, false), piece: { part, last } }
  }

  private append(bytes: Uint8Array): void {
    const needed = this.carried + bytes.length
    if (needed > this.carry.length) {
      const carry = Buffer.alloc(Math.min(Math.max(needed, this.carry.length * 2, 65536), this.maxLineBytes))
      this.carry.copy(carry, 0, 0, this.carried)
      this.carry = carry
    }
    this.carry.set(bytes, this.carried)
    this.carried = needed
  }

  private passMark(bytes: Uint8Array, start: number, end: number): number {
    const first = !this.started
    this.started = true
    if (!first || end - start < 3 || BYTE_ORDER_MARK.compare(bytes, start, start + 3) !== 0) return start
    this.offset += 3
    return start + 3
  }
}
