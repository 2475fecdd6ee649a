const QUOTE = 0x22
const BACKSLASH = 0x5c
/** Brackets in each other that are told apart; deeper ones are only counted. */
const TOLD_APART = 1024

type Kind = 'container' | 'text' | 'scalar'

/** `ended`: before `at`. `open`: not yet, `at` is the end of the block. `mismatch`: the bracket there closes what it did not open. */
export interface Scanned {
  readonly kind: 'ended' | 'open' | 'mismatch'
  readonly at: number
}

/**
 * Finds where a JSON value ends in blocks of bytes. Texts are passed over and brackets must close what they opened; else it is
 * not looked at whether the value is JSON.
 */
export class ValueScanner {
  private kind: Kind = 'scalar'
  private inText = false
  private escaped = false
  private depth = 0
  private readonly closers = new Uint8Array(TOLD_APART)

  /** Of the value that begins with this byte, which has not been scanned. */
  begin(first: number): void {
    this.kind = isOpening(first) ? 'container' : first === QUOTE ? 'text' : 'scalar'
    this.inText = false
    this.escaped = false
    this.depth = 0
  }

  /** Goes on with the value in a block, from `start`. */
  scan(block: Uint8Array, start: number): Scanned {
    if (this.kind === 'scalar') return scanScalar(block, start)
    let at = start
    while (at < block.length) {
      if (this.inText) {
        at = this.passText(block, at)
        if (!this.inText && this.kind === 'text') return { kind: 'ended', at }
        continue
      }
      const byte = block[at++]!
      if (byte === QUOTE) this.inText = true
      else if (isOpening(byte)) this.open(byte)
      else if ((byte | 0x20) === 0x7d) {
        if (!this.close(byte)) return { kind: 'mismatch', at: at - 1 }
        if (this.depth === 0) return { kind: 'ended', at }
      }
    }
    return { kind: 'open', at }
  }

  private open(byte: number): void {
    // `}` and `]` are the second ones after `{` and `[`.
    if (this.depth < TOLD_APART) this.closers[this.depth] = byte + 2
    this.depth++
  }

  private close(byte: number): boolean {
    this.depth--
    return this.depth >= TOLD_APART || this.closers[this.depth] === byte
  }

  /** Where the text has ended, or the block. */
  private passText(block: Uint8Array, start: number): number {
    let at = start
    if (this.escaped && at < block.length) {
      this.escaped = false
      at++
    }
    for (; at < block.length; at++) {
      const byte = block[at]
      if (byte === QUOTE) {
        this.inText = false
        return at + 1
      }
      if (byte === BACKSLASH && ++at === block.length) this.escaped = true
    }
    return block.length
  }
}

function isOpening(byte: number): boolean {
  return (byte | 0x20) === 0x7b
}

function scanScalar(block: Uint8Array, start: number): Scanned {
  for (let at = start; at < block.length; at++) {
    const byte = block[at]!
    if (byte <= 0x20 || byte === 0x2c || byte === 0x3a || (byte | 0x20) === 0x7d) return { kind: 'ended', at }
  }
  return { kind: 'open', at: block.length }
}
