import { type Line, LineSplitter } from '../shred/lines.ts'
import { blocksOf } from './blocks.ts'
import type { Position, Reading, RejectedEvent } from './reading.ts'
import { rejected } from './rejected.ts'

/** A line that stays as it is until the next batch. */
export interface TextLine {
  /** Without its line end; a carriage return before that still belongs to it. */
  readonly bytes: Buffer
  readonly position: Position
  readonly utf8: boolean
  /** Of a line longer than the limit: which piece of it this is, from 1. */
  readonly piece: number | undefined
}

/** What lines become. */
export interface LineReader {
  /** Adds to `out` what is known of by this line. */
  take(line: TextLine, out: Reading[]): void
  /** Adds what the end of the content completes. */
  end(out: Reading[]): void
}

/**
 * The readings of the lines of `content`, a batch for each 256 KiB of it at most. A byte order mark is passed over; `\n`
 * ends a line, and the content the last one.
 *
 * Memory: a block, what it becomes, and one line of at most `maxLineBytes`.
 */
export async function* readLines(
  content: AsyncIterable<Uint8Array>,
  entry: string | undefined,
  maxLineBytes: number,
  reader: LineReader,
): AsyncGenerator<readonly Reading[], void, void> {
  const splitter = new LineSplitter(maxLineBytes)
  for await (const block of blocksOf(content)) {
    const out: Reading[] = []
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      reader.take(textLine(line, entry, line.bytes.buffer === block.buffer), out)
    }
    if (out.length > 0) yield out
  }
  const out: Reading[] = []
  const last = splitter.end()
  if (last !== undefined) reader.take(textLine(last, entry, false), out)
  reader.end(out)
  if (out.length > 0) yield out
}

/** A line that was put together is good until the next one only. */
function textLine(line: Line, entry: string | undefined, inBlock: boolean): TextLine {
  const { bytes, start, end, number, offset, utf8, piece } = line
  const place = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  return {
    bytes: inBlock ? place : Buffer.from(place),
    position: { entry, line: number, byte: offset },
    utf8,
    piece: piece?.part,
  }
}

/** The rejection of a line that is no text or too long for one; undefined for any other. */
export function unreadable(
  { bytes, position, utf8, piece }: TextLine,
  maxLineBytes: number,
): RejectedEvent | undefined {
  if (piece !== undefined) {
    const detail = `longer than ${maxLineBytes} bytes`
    return { kind: 'rejected', reason: 'too_long', detail, text: bytes, part: piece, position }
  }
  return utf8 ? undefined : rejected('not_utf8', 'bytes that are not UTF-8', bytes, position)
}

/** Nothing but white space. */
export function isBlank(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

const CARRIAGE_RETURN = 0x0d

/** Without the carriage return of a line end of two bytes. */
export function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes
}
