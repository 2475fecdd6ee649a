import type { ColumnChunk, RowGroup } from 'hyparquet'
import type { Schema } from '../shred/type.ts'
import { createFooter, MAGIC } from './footer.ts'
import type { KeyValues } from './key-values.ts'

/** Where a file goes: an `ObjectSink` will do. A write resolves once its bytes may change. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>
}

export interface FileSummary {
  readonly rows: number
  readonly rowGroups: number
  readonly bytes: number
}

/** A file as far as it is written. */
export interface FileBody {
  /** Where the next byte goes. */
  readonly offset: number
  /** When it resolves, the piece has been copied or taken by the sink. */
  append(piece: Uint8Array): Promise<void>
  /** Says that these chunks, the first of which began at `offset`, are a row group. */
  endRowGroup(columns: ColumnChunk[], rows: number, offset: number): void
  /** Ends the file with its footer (parquet-format README, "File format"). */
  finish(): Promise<FileSummary>
}

export interface FileBodyOptions {
  readonly schema: Schema
  readonly sink: ByteSink
  readonly createdBy: string
  /** What the file says of itself besides its columns. */
  readonly about?: KeyValues | undefined
}

const BUFFER_BYTES = 2 ** 20
/** A buffer grows to that from so much: exports may have thousands of small files. */
const FIRST_BYTES = 2 ** 14

/** Small pieces reach the sink together. Memory: at most twice 1 MiB, and the footer so far. */
export function createFileBody({ schema, sink, createdBy, about }: FileBodyOptions): FileBody {
  const output = createOutput(sink)
  const footer = createFooter(schema, about)
  let rows = 0
  let rowGroups = 0
  return {
    get offset() {
      return output.size
    },
    append: output.append,
    endRowGroup(columns, groupRows, offset) {
      footer.add(rowGroupOf(columns, groupRows, offset))
      rows += groupRows
      rowGroups++
    },
    async finish() {
      await output.append(footer.encode(rows, createdBy))
      await output.end()
      return { rows, rowGroups, bytes: output.size }
    },
  }
}

/**
 * Gathers pieces and hands them on 1 MiB at a time, beginning with the magic bytes. The next MiB is gathered while the sink
 * takes the one before.
 */
function createOutput(sink: ByteSink) {
  let buffer = new Uint8Array(FIRST_BYTES)
  let other: Uint8Array<ArrayBuffer> | undefined
  let taken: Promise<void> = Promise.resolve()
  let filled = MAGIC.length
  let flushed = 0
  buffer.set(MAGIC)

  const flush = async () => {
    if (filled === 0) return
    const bytes = buffer.subarray(0, filled)
    flushed += filled
    filled = 0
    await taken
    taken = sink.write(bytes)
    // Whoever waits for it next gets the error.
    taken.catch(() => undefined)
    ;[buffer, other] = [other ?? new Uint8Array(BUFFER_BYTES), buffer]
  }
  const append = async (piece: Uint8Array) => {
    if (filled + piece.length > BUFFER_BYTES) await flush()
    if (piece.length > BUFFER_BYTES) {
      flushed += piece.length
      await taken
      await sink.write(piece)
    } else {
      if (filled + piece.length > buffer.length) buffer = grown(buffer, filled + piece.length)
      buffer.set(piece, filled)
      filled += piece.length
    }
  }
  return {
    get size() {
      return flushed + filled
    },
    append,
    /** Resolves when the sink has taken everything. */
    async end() {
      await flush()
      await taken
    },
  }
}

function grown(buffer: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.min(BUFFER_BYTES, Math.max(needed, buffer.length * 4)))
  larger.set(buffer)
  return larger
}

function rowGroupOf(columns: ColumnChunk[], rows: number, offset: number): RowGroup {
  let compressed = 0n
  let uncompressed = 0n
  for (const { meta_data } of columns) {
    compressed += meta_data?.total_compressed_size ?? 0n
    uncompressed += meta_data?.total_uncompressed_size ?? 0n
  }
  return {
    columns,
    num_rows: BigInt(rows),
    total_byte_size: uncompressed,
    total_compressed_size: compressed,
    file_offset: BigInt(offset),
  }
}
