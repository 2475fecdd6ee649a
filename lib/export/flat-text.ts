import type { ByteDictionary, LeafColumn } from '../shred/batch.ts'
import type { ScalarKind } from '../shred/type.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import type { RowBatch } from './row-batch.ts'
import { type ScalarFrame, type ScalarNode, ScalarText } from './scalar-text.ts'
import { type TextKernel, textKernel } from './text-kernel.ts'

/** A column of scalars that is in no list or map, and what is written around its values. */
export interface FlatColumn {
  readonly node: ScalarNode
  readonly frame: ScalarFrame
}

/** Row after row, the text of each column in order. */
export interface FlatText {
  load(batch: RowBatch): void
  write(out: ByteBuffer): void
  /** Writes the rows that follow, at least one and as many as are at hand, and returns how many. There is one. */
  writeSome(out: ByteBuffer): number
  skip(): void
}

/**
 * The text that a `ScalarText` per column gives, some times faster: blocks of rows are rendered by WebAssembly, in a copy of the
 * batch. Memory: that copy with its dictionaries, at most `maxBytes` (default 256 MiB; a batch that takes more is written
 * without), and a block of 256 KiB, or the largest row.
 */
export function flatText(columns: readonly FlatColumn[], maxBytes = MAX_BYTES): FlatText {
  const scalars = columns.map(({ node, frame }) => new ScalarText(node, frame))
  const rendered = new RenderedRows(columns, maxBytes)
  let fits = false
  const writeOne = (out: ByteBuffer) => {
    for (let i = 0; i < scalars.length; i++) scalars[i]!.write(out)
  }
  return {
    load(batch) {
      fits = rendered.load(batch)
      if (!fits) for (const scalar of scalars) scalar.load(batch)
    },
    write(out) {
      if (fits) rendered.write(out)
      else writeOne(out)
    },
    writeSome(out) {
      if (fits) return rendered.writeSome(out)
      writeOne(out)
      return 1
    },
    skip() {
      if (fits) rendered.skip()
      else for (const scalar of scalars) scalar.skipRow()
    },
  }
}

const MAX_BYTES = 2 ** 28
const BLOCK_BYTES = 2 ** 18
const BLOCK_ROWS = 2 ** 12
/** Loads and stores of 16 bytes may reach so far beyond a room's end. */
const SLACK = 16
/** Of a column in lib/export/assembly/rows.ts, and where its `value` is. */
const COLUMN_WORDS = 13
const KINDS: Readonly<Record<ScalarKind, number>> = { string: 0, json: 0, int64: 1, double: 2, bool: 3, timestamp: 4 }

/** A place in the kernel's memory for some bytes of one kind. */
interface Room {
  start: number
  size: number
  /** What is there. */
  content: Uint8Array | undefined
}

class RenderedRows {
  private readonly kernel: TextKernel = textKernel()
  private readonly columns: readonly FlatColumn[]
  private readonly maxBytes: number
  /** Per column what is before a value, after it, and in its place. Never moved. */
  private readonly frames: readonly (readonly Room[])[]
  /** Per column its definition levels, values, and the offsets and bytes of its texts. */
  private readonly rooms: readonly (readonly [Room, Room, Room, Room])[]
  private readonly sources: (ByteDictionary | undefined)[]
  private readonly texts: (ByteDictionary | undefined)[]
  private readonly records: Room
  private readonly ends: Room
  private readonly firstRoom: number
  private block = 0
  private blockSize = BLOCK_BYTES
  private rows = 0
  /** The first row that is not rendered. */
  private row = 0
  private rendered = 0
  private next = 0
  private nextStart = 0
  private endOf: Uint32Array = new Uint32Array(0)

  constructor(columns: readonly FlatColumn[], maxBytes: number) {
    this.columns = columns
    this.maxBytes = maxBytes
    this.sources = columns.map(() => undefined)
    this.texts = columns.map(() => undefined)
    let at = this.kernel.freeMemory()
    const place = (size: number): Room => {
      const room = { start: at, size, content: undefined }
      at = endOf(room)
      return room
    }
    this.records = place(columns.length * COLUMN_WORDS * 4)
    this.ends = place(BLOCK_ROWS * 4)
    this.frames = columns.map(({ frame: { before, after, absent } }) =>
      [before, after, absent].map((text) => place(text.length)),
    )
    this.firstRoom = at
    this.rooms = columns.map(() => [emptyRoom(), emptyRoom(), emptyRoom(), emptyRoom()])
    this.kernel.reach(at)
    for (const [i, { frame }] of columns.entries()) {
      for (const [j, text] of [frame.before, frame.after, frame.absent].entries()) {
        this.kernel.bytes().set(text, this.frames[i]![j]!.start)
      }
    }
  }

  /** False where the batch is too large: then it is not loaded. */
  load(batch: RowBatch): boolean {
    const contents = this.columns.map(({ node, frame }, i) => this.contentsOf(batch.leaves[node.firstLeaf]!, frame, i))
    if (!this.makeRoom(contents)) return false
    const bytes = this.kernel.bytes()
    for (const [i, column] of contents.entries()) {
      for (const [j, content] of column.entries()) {
        const room = this.rooms[i]![j]!
        // Texts stay where they are from batch to batch.
        if (j < 2 || room.content !== content) bytes.set(content, room.start)
        room.content = content
      }
    }
    this.writeRecords()
    this.rows = batch.rows
    this.row = 0
    this.rendered = 0
    this.next = 0
    return true
  }

  write(out: ByteBuffer): void {
    if (this.next === this.rendered) this.render()
    const start = this.block + this.nextStart
    this.nextStart = this.endOf[this.next++]!
    out.appendPart(this.kernel.bytes(), start, this.block + this.nextStart)
  }

  writeSome(out: ByteBuffer): number {
    if (this.next === this.rendered) this.render()
    const { block, next, nextStart, rendered } = this
    out.appendPart(this.kernel.bytes(), block + nextStart, block + this.endOf[rendered - 1]!)
    this.next = rendered
    return rendered - next
  }

  skip(): void {
    if (this.next === this.rendered) this.render()
    this.nextStart = this.endOf[this.next++]!
  }

  private contentsOf(leaf: LeafColumn, { encode }: ScalarFrame, i: number): readonly Uint8Array[] {
    const { values } = leaf
    const definition = leaf.definition.subarray(0, leaf.entries)
    if (values.physical !== 'BYTE_ARRAY') return [definition, bytesOf(values.values.subarray(0, values.count))]
    if (this.sources[i] !== values.dictionary) {
      this.texts[i] = encode(values.dictionary)
      this.sources[i] = values.dictionary
      for (const room of this.rooms[i]!.slice(2)) room.content = undefined
    }
    const { bytes, offsets, count } = this.texts[i]!
    const known = this.rooms[i]!
    return [
      definition,
      bytesOf(values.ids.subarray(0, values.count)),
      known[2].content ?? bytesOf(offsets.subarray(0, count + 1)),
      known[3].content ?? bytes.subarray(offsets[0], offsets[count]),
    ]
  }

  /** Moves all rooms where one is too small. */
  private makeRoom(contents: readonly (readonly Uint8Array[])[]): boolean {
    const isSmall = contents.some((column, i) => column.some(({ length }, j) => this.rooms[i]![j]!.size < length))
    if (!isSmall && this.block > 0) return true
    const sizes = contents.flatMap((column, i) =>
      column.map(({ length }, j) => Math.max(length, this.rooms[i]![j]!.size)),
    )
    if (sizes.reduce((sum, size) => sum + size + 2 * SLACK, 0) > this.maxBytes) return false
    let at = this.firstRoom
    for (const [i, column] of contents.entries()) {
      for (const [j, { length }] of column.entries()) {
        const room = this.rooms[i]![j]!
        room.start = at
        // A little more, so that a batch that is a little larger moves nothing.
        if (room.size < length) room.size = Math.ceil(length * 1.25)
        room.content = undefined
        at = endOf(room)
      }
    }
    this.block = at
    this.kernel.reach(at + this.blockSize + SLACK)
    return true
  }

  private writeRecords(): void {
    const words = new Int32Array(this.kernel.bytes().buffer, this.records.start, this.columns.length * COLUMN_WORDS)
    for (const [i, { node }] of this.columns.entries()) {
      const [definition, values, offsets, bytes] = this.rooms[i]!
      const firstOffset = this.texts[i]?.offsets[0] ?? 0
      const frames = this.frames[i]!.flatMap(({ start, size }) => [start, size])
      const pointers = [definition.start, values.start, offsets.start, bytes.start - firstOffset]
      words.set([KINDS[node.kind], node.definition, ...pointers, ...frames, 0], i * COLUMN_WORDS)
    }
  }

  private render(): void {
    const { kernel, columns, records, ends, row, block } = this
    const last = Math.min(this.rows, row + BLOCK_ROWS)
    while (true) {
      kernel.renderRows(records.start, columns.length, row, last, ends.start, block, block + this.blockSize)
      this.rendered = kernel.renderedRows()
      if (this.rendered > 0) break
      this.blockSize *= 2
      kernel.reach(block + this.blockSize + SLACK)
    }
    this.row += this.rendered
    this.next = 0
    this.nextStart = 0
    this.endOf = new Uint32Array(kernel.bytes().buffer, ends.start, this.rendered)
  }
}

function emptyRoom(): Room {
  return { start: 0, size: 0, content: undefined }
}

function endOf({ start, size }: Room): number {
  return Math.ceil((start + size + SLACK) / 8) * 8
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBufferLike>): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
