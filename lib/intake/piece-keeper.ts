/** A text that has ended, or a piece of one that is longer than may be. */
export interface Piece {
  /** Good until the next block of content. */
  readonly bytes: Buffer
  /** Before it in the text. */
  readonly offset: number
  /** From 1; undefined for a whole text. */
  readonly part: number | undefined
}

const NONE = Buffer.alloc(0)

/** Puts texts together that come block by block. Memory: `maxBytes`. */
export class PieceKeeper {
  private carry = NONE
  private carried = 0
  private given = 0
  private parts = 0
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Takes more of a text, and perhaps its end; gives what is complete, in its place where it lies in one block. */
  add(bytes: Buffer, ended: boolean): readonly Piece[] {
    if (ended && this.carried === 0 && this.parts === 0 && bytes.length <= this.maxBytes) {
      return [{ bytes, offset: 0, part: undefined }]
    }
    const pieces: Piece[] = []
    let rest = bytes
    while (this.carried + rest.length > this.maxBytes) {
      const room = this.maxBytes - this.carried
      this.append(rest.subarray(0, room))
      rest = rest.subarray(room)
      pieces.push(this.take(++this.parts))
    }
    this.append(rest)
    if (ended) {
      pieces.push(this.take(this.parts === 0 ? undefined : ++this.parts))
      this.given = this.parts = 0
    }
    return pieces
  }

  private take(part: number | undefined): Piece {
    const bytes = Buffer.from(this.carry.subarray(0, this.carried))
    const piece = { bytes, offset: this.given, part }
    this.given += this.carried
    this.carried = 0
    return piece
  }

  private append(bytes: Buffer): void {
    const needed = this.carried + bytes.length
    if (needed > this.carry.length) {
      const carry = Buffer.alloc(Math.min(Math.max(needed, this.carry.length * 2, 65_536), this.maxBytes))
      this.carry.copy(carry, 0, 0, this.carried)
      this.carry = carry
    }
    this.carry.set(bytes, this.carried)
    this.carried = needed
  }
}
