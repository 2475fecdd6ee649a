/**
 * The part of a stream that is not passed yet, in one piece. Memory: twice that part, or a block.
 */
export class ByteWindow {
  /** Another array whenever some bytes were passed since the last `push`. */
  bytes: Buffer<ArrayBuffer> = Buffer.alloc(0)
  length = 0
  private passed = 0

  push(block: Uint8Array): void {
    const kept = this.length - this.passed
    const needed = kept + block.length
    if (this.passed > 0 || needed > this.bytes.length) {
      const grown = Buffer.alloc(this.passed > 0 ? needed : Math.max(needed, this.bytes.length * 2))
      this.bytes.copy(grown, 0, this.passed, this.length)
      this.bytes = grown
      this.passed = 0
    }
    this.bytes.set(block, kept)
    this.length = needed
  }

  /** Nothing before `end` is needed after the next `push`, from which on positions are counted from here. */
  pass(end: number): void {
    this.passed = end
  }
}
