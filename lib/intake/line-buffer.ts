import { freeBytes } from '../free-bytes.ts'

const LINE_FEED = 0x0a
const FIRST_BYTES = 512

/** Lines that wait in memory, one after the other. */
export class LineBuffer {
  #room = Buffer.alloc(0)
  #length = 0

  /** Memory that is held, bytes: the same for the same lines. */
  get held(): number {
    return this.#room.length
  }

  add(line: Uint8Array): void {
    const needed = this.#length + line.length + 1
    if (needed > this.#room.length) this.#grow(Math.max(FIRST_BYTES, needed, this.#room.length * 2))
    this.#room.set(line, this.#length)
    this.#room[needed - 1] = LINE_FEED
    this.#length = needed
  }

  /** All lines, each with its line end, in a buffer that is the caller's own now; nothing is left here. */
  take(): Uint8Array {
    const bytes = this.#room.subarray(0, this.#length)
    this.#room = Buffer.alloc(0)
    this.#length = 0
    return bytes
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    this.#room.copy(larger, 0, 0, this.#length)
    freeBytes(this.#room)
    this.#room = larger
  }
}
