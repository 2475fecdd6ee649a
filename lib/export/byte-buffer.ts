import type { OutputFile } from './format.ts'

/** A piece that is worth writing to a file. */
const PIECE_BYTES = 2 ** 19

/** Below this a loop copies faster than a call does. */
const SHORT = 48

/**
 * Bytes on their way to a file, in one buffer that is used again. Memory: a piece of 512 KiB, or the largest row, and as
 * much again while it grows.
 */
export class ByteBuffer {
  /** Of which the first `length` are in use. */
  bytes: Uint8Array<ArrayBuffer>
  length = 0

  constructor(size = 2 * PIECE_BYTES) {
    this.bytes = new Uint8Array(size)
  }

  /** Makes room for `count` more bytes; `bytes` may be another array afterwards. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.grow(this.length + count)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  append(bytes: Uint8Array): void {
    this.appendPart(bytes, 0, bytes.length)
  }

  /** `source[start … end)`. */
  appendPart(source: Uint8Array, start: number, end: number): void {
    const count = end - start
    this.reserve(count)
    const { bytes, length } = this
    if (count < SHORT) for (let i = 0; i < count; i++) bytes[length + i] = source[start + i]!
    else bytes.set(source.subarray(start, end), length)
    this.length = length + count
  }

  /** Each character is one byte. */
  ascii(text: string): void {
    this.reserve(text.length)
    const { bytes, length } = this
    for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i)
    this.length = length + text.length
  }

  /** Whether it is time to `flush`: not within a row. */
  get isPiece(): boolean {
    return this.length >= PIECE_BYTES
  }

  /** Writes all that has gathered to the file. */
  async flush(file: OutputFile): Promise<void> {
    if (this.length > 0) await file.write(this.bytes.subarray(0, this.length))
    this.length = 0
  }

  private grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, needed))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
  }
}
