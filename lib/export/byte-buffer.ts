import type { OutputFile } from './format.ts'

/** A piece that is worth writing to a file. */
const PIECE_BYTES = 2 ** 19

/** Below this a loop copies faster than a call does. */
const SHORT = 48

/**
 * Bytes on their way to a file, in two arrays that take turns: one is filled while the other is written. Memory: 2 MiB, or
 * four times the largest row.
 */
export class ByteBuffer {
  /** Of which the first `length` are in use. */
  bytes: Uint8Array<ArrayBuffer>
  length = 0
  private spare: Uint8Array<ArrayBuffer> | undefined
  private writing: Promise<void> = Promise.resolve()

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

  /** Whether it is time for `handOver`: not within a row. */
  get isPiece(): boolean {
    return this.length >= PIECE_BYTES
  }

  /** Hands what has gathered to the file, and goes on in another array while that is being written. A failure comes with the next call. */
  async handOver(file: OutputFile): Promise<void> {
    await this.writing
    if (this.length === 0) return
    const full = this.bytes
    const written = file.write(full.subarray(0, this.length))
    // It is awaited by the next call.
    written.catch(() => {})
    this.writing = written
    this.bytes = this.spare ?? new Uint8Array(full.length)
    this.spare = full
    this.length = 0
  }

  /** Resolves once all that has gathered is written. */
  async flush(file: OutputFile): Promise<void> {
    await this.handOver(file)
    await this.writing
  }

  /** Resolves once nothing is being written, however that ended. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.writing])
  }

  private grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, needed))
    bytes.set(this.bytes.subarray(0, this.length))
    this.bytes = bytes
  }
}
