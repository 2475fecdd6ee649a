import { isUtf8 } from 'node:buffer'

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** One line of an object, without its newline; a carriage return before it still belongs to the line. */
export interface Line {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** From 1, blank lines counted. */
  readonly number: number
  /** Bytes before the line in the decompressed object. */
  readonly offset: number
  readonly utf8: boolean
  /** Of a line longer than the limit: which piece of it this is, from 1, and whether it ends the line. */
  readonly piece?: { readonly part: number; readonly last: boolean }
}

/**
 * Cuts decompressed blocks into lines. A line that lies in one block is handed over in place; one that crosses blocks is
 * put together first. A byte order mark at the start of the object is passed over. A line is valid until the next one.
 *
 * Memory: one line of at most `maxLineBytes`; longer ones come in pieces.
 */
export class LineSplitter {
  private carry = Buffer.alloc(0)
  private carried = 0
  private number = 1
  /** Bytes of the object that have been handed over, with their newlines. */
  private offset = 0
  private parts = 0
  private started = false
  private readonly maxLineBytes: number

  constructor(maxLineBytes: number) {
    this.maxLineBytes = maxLineBytes
  }

  *lines(block: Uint8Array): Generator<Line> {
    const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
    const first = bytes.indexOf(NEWLINE)
    // One look at all the lines that lie in this block is cheaper than one at each.
    const utf8 = first >= 0 && isUtf8(bytes.subarray(first + 1, bytes.lastIndexOf(NEWLINE) + 1))
    let start = 0
    for (let newline = first; newline >= 0; newline = bytes.indexOf(NEWLINE, start)) {
      if (this.carried === 0 && this.parts === 0 && newline - start <= this.maxLineBytes) {
        yield this.whole(bytes, start, newline, start > 0 && utf8)
      } else {
        yield* this.keep(bytes.subarray(start, newline))
        yield this.carriedLine()
      }
      this.number++
      this.offset++
      start = newline + 1
    }
    if (start < bytes.length) yield* this.keep(bytes.subarray(start))
  }

  /** The end of the object: a last line may lack its newline. */
  *end(): Generator<Line> {
    if (this.carried > 0 || this.parts > 0) yield this.carriedLine()
  }

  private whole(bytes: Uint8Array, start: number, end: number, knownUtf8: boolean): Line {
    const from = this.passMark(bytes, start, end)
    const { number, offset } = this
    this.offset += end - from
    return { bytes, start: from, end, number, offset, utf8: knownUtf8 || isUtf8(bytes.subarray(from, end)) }
  }

  private carriedLine(): Line {
    const { carry, carried, parts } = this
    this.carried = 0
    if (parts === 0) return this.whole(carry, 0, carried, false)
    this.parts = 0
    return { ...this.whole(carry, 0, carried, false), piece: { part: parts + 1, last: true } }
  }

  private *keep(bytes: Uint8Array): Generator<Line> {
    let rest = bytes
    while (this.carried + rest.length > this.maxLineBytes) {
      const room = this.maxLineBytes - this.carried
      this.append(rest.subarray(0, room))
      rest = rest.subarray(room)
      this.carried = 0
      this.parts++
      yield { ...this.whole(this.carry, 0, this.maxLineBytes, false), piece: { part: this.parts, last: false } }
    }
    this.append(rest)
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
