import { corrupt } from '../parquet/read-tree.ts'
import { concatBytes } from '../parquet/read-values.ts'

const NEWLINE = 0x0a
/** No row or record is longer: it could not be a string. */
const MAX_LINE_BYTES = 2 ** 29

export interface LineWalk {
  /** Asked at the start of each line (numbers from 1), after the line before it was passed. */
  readonly keep: (number: number) => boolean
  /** Told at the end of each line. Blank is nothing but the white space of JSON. */
  readonly pass: (number: number, blank: boolean) => void
}

export interface KeptLine {
  readonly number: number
  readonly bytes: Uint8Array
}

/**
 * The lines of a decompressed object that are to be kept and are not blank, without their newlines and without a byte
 * order mark at the start of the object. Written apart from convert's own splitter, which it is to check. Memory: one
 * block, and one kept line.
 */
export async function* walkLines(
  blocks: AsyncIterable<Uint8Array>,
  { keep, pass }: LineWalk,
): AsyncGenerator<KeptLine> {
  let number = 1
  let pieces: Uint8Array[] = []
  let length = 0
  let blank = true
  let kept = keep(1)
  let open = false
  const close = (): KeptLine | undefined => {
    const line = kept && !blank ? { number, bytes: concatBytes(pieces) } : undefined
    pass(number, blank)
    number++
    pieces = []
    length = 0
    blank = true
    open = false
    kept = keep(number)
    return line
  }
  for await (const block of withoutMark(blocks)) {
    for (let start = 0; start < block.length; ) {
      const newline = block.indexOf(NEWLINE, start)
      const end = newline < 0 ? block.length : newline
      open = true
      if (blank) blank = isBlank(block, start, end)
      if (kept) {
        length += end - start
        if (length > MAX_LINE_BYTES)
          throw corrupt(`line ${number} is too long`, `over ${MAX_LINE_BYTES} bytes`, 'a line')
        // A copy: the block is gone when the next one comes.
        pieces.push(new Uint8Array(block.subarray(start, end)))
      }
      start = end + 1
      const line = newline < 0 ? undefined : close()
      if (line !== undefined) yield line
    }
  }
  const last = open ? close() : undefined
  if (last !== undefined) yield last
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

async function* withoutMark(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array()
  for await (const block of blocks) {
    if (head === undefined) {
      yield block
      continue
    }
    head = concatBytes([head, block])
    if (head.length < 3) continue
    yield head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? head.subarray(3) : head
    head = undefined
  }
  if (head !== undefined && head.length > 0) yield head
}
