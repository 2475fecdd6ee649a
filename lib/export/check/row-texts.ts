/** Rows as JSON text, UTF-8: one begins and ends at each two of `bounds`. */
export interface RowTexts {
  /** Another array wherever the content is another. */
  readonly bytes: Uint8Array
  readonly bounds: readonly number[]
}

/** Texts that are made one by one, gathered until they are many. Memory: some 2^18 characters and a row. */
export class TextBatch {
  private texts: string[] = []
  private length = 0

  add(text: string): void {
    this.texts.push(text)
    this.length += text.length
  }

  get full(): boolean {
    return this.length >= 2 ** 18
  }

  take(): RowTexts {
    // A character of a string takes at most three bytes.
    const bytes = Buffer.alloc(this.length * 3)
    const bounds: number[] = []
    let at = 0
    for (const text of this.texts) {
      const end = at + bytes.write(text, at)
      bounds.push(at, end)
      at = end
    }
    this.texts = []
    this.length = 0
    return { bytes: bytes.subarray(0, at), bounds }
  }
}
