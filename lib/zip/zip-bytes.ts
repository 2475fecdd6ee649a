import { Readable } from 'node:stream'
import { RandomAccessReader } from 'yauzl'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'

/** Small reads lie close together: one request brings what many of them want. */
const WINDOW = 64 * 1024

/** The bytes of an object in one state of it, for yauzl. Memory: a window of 64 KiB, and the stream that is read. */
export class ZipBytes extends RandomAccessReader {
  readonly #read: (start: number, end: number) => AsyncIterable<Uint8Array>
  readonly #size: number
  #held: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) }

  constructor(store: ObjectStore, { key, size, etag }: ObjectInfo, signal: AbortSignal | undefined) {
    super()
    this.#read = (start, end) => store.read(key, { start, end, etag, ...(signal && { signal }) })
    this.#size = size
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const held = this.#heldRange(start, end)
    return Readable.from(held === undefined ? this.#read(start, end) : [held], { objectMode: false })
  }

  /** Past the end of the object there is nothing: the buffer stays as it is, and the reader is told so. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#take(position, length).then(
      (bytes) => callback(null, bytes.copy(buffer, offset)),
      (error: Error) => callback(error),
    )
  }

  async #take(start: number, length: number): Promise<Buffer> {
    const end = Math.min(start + length, this.#size)
    if (start >= end) return Buffer.alloc(0)
    if (this.#heldRange(start, end) === undefined) {
      const chunks: Uint8Array[] = []
      for await (const chunk of this.#read(start, Math.min(this.#size, Math.max(end, start + WINDOW))))
        chunks.push(chunk)
      this.#held = { start, bytes: Buffer.concat(chunks) }
    }
    return this.#heldRange(start, end) ?? Buffer.alloc(0)
  }

  #heldRange(start: number, end: number): Buffer | undefined {
    const { start: from, bytes } = this.#held
    return start >= from && end <= from + bytes.length ? bytes.subarray(start - from, end - from) : undefined
  }
}
