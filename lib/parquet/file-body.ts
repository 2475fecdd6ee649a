import type { ColumnChunk, RowGroup } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { Schema } from '../shred/type.ts'
import { schemaElements } from './schema.ts'
import { MAX_STATISTIC_BYTES } from './statistics.ts'

/** Where a file goes: an `ObjectSink` will do. A write resolves when its bytes are taken. */
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
  /** Ends the file with its footer (parquet-format README, "File format"). */
  finish(footer: Footer): Promise<FileSummary>
}

export interface Footer {
  readonly schema: Schema
  readonly rowGroups: readonly RowGroup[]
  readonly createdBy: string
}

const MAGIC = new TextEncoder().encode('PAR1')
const BUFFER_BYTES = 2 ** 20

/** Small pieces reach the sink together, up to 1 MiB at a time; that is all the memory it holds. */
export function createFileBody(sink: ByteSink): FileBody {
  let buffer = new Uint8Array(BUFFER_BYTES)
  let filled = MAGIC.length
  let flushed = 0
  buffer.set(MAGIC)

  const flush = async () => {
    if (filled === 0) return
    const bytes = buffer.subarray(0, filled)
    flushed += filled
    filled = 0
    buffer = new Uint8Array(BUFFER_BYTES) // the sink may still hold the last one
    await sink.write(bytes)
  }
  const append = async (piece: Uint8Array) => {
    if (filled + piece.length > BUFFER_BYTES) await flush()
    if (piece.length > BUFFER_BYTES) {
      flushed += piece.length
      await sink.write(piece)
    } else {
      buffer.set(piece, filled)
      filled += piece.length
    }
  }
  return {
    get offset() {
      return flushed + filled
    },
    append,
    async finish(footer) {
      await append(footerBytes(footer))
      await flush()
      return { rows: rowCount(footer.rowGroups), rowGroups: footer.rowGroups.length, bytes: flushed }
    },
  }
}

/** What the footer says of the chunks of one row group, the first of which begins at `offset`. */
export function rowGroupOf(columns: ColumnChunk[], rows: number, offset: number): RowGroup {
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

function footerBytes({ schema, rowGroups, createdBy }: Footer): Uint8Array {
  const writer = new ByteWriter()
  const metadata = {
    version: 2,
    schema: schemaElements(schema),
    num_rows: BigInt(rowCount(rowGroups)),
    row_groups: [...rowGroups],
    created_by: createdBy,
    metadata_length: 0, // found out and written by writeMetadata
  }
  writeMetadata(writer, metadata, MAX_STATISTIC_BYTES)
  writer.appendBytes(MAGIC)
  return writer.getBytes()
}

function rowCount(rowGroups: readonly RowGroup[]): number {
  return rowGroups.reduce((rows, { num_rows }) => rows + Number(num_rows), 0)
}
