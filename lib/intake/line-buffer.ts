import { freeBytes } from '../free-bytes.ts'

const LINE_FEED = 0x0a
const FIRST_BYTES = 512

/** Lines that wait in memory, one after the other. */
export interface LineBuffer {
  /** Memory that is held, bytes: the same for the same lines. */
  readonly held: number
  readonly lines: number
  add(line: Uint8Array): void
  /** All lines, each with its line end. */
  bytes(): Uint8Array
  /** Gives the memory back; nothing is left then. */
  free(): void
}

export function lineBuffer(): LineBuffer {
  let room = Buffer.alloc(0)
  let length = 0
  let lines = 0
  return {
    get held() {
      return room.length
    },
    get lines() {
      return lines
    },
    add(line) {
      const needed = length + line.length + 1
      if (needed > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, room.length * 2))
        room.copy(larger, 0, 0, length)
        freeBytes(room)
        room = larger
      }
      room.set(line, length)
      room[needed - 1] = LINE_FEED
      length = needed
      lines++
    },
    bytes: () => room.subarray(0, length),
    free() {
      freeBytes(room)
      room = Buffer.alloc(0)
      length = 0
      lines = 0
    },
  }
}
