import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { Schema } from '../shred/type.ts'
import { schemaElements } from './schema.ts'
import { MAX_STATISTIC_BYTES } from './statistics.ts'

/**
 * A footer that grows. Row groups are encoded as they come, because as objects they take some 4 KB per chunk and encoded
 * some 150 bytes. The library writes whole footers only, so each row group is cut out of a footer of its own.
 */
export interface Footer {
  add(rowGroup: RowGroup): void
  /** The encoded metadata, its length and the magic bytes: all that follows the last chunk. */
  encode(rows: number, createdBy: string): Uint8Array
}

export const MAGIC: Uint8Array = new TextEncoder().encode('PAR1')

/** Compact protocol, "List and Set": a list of structs has its size in the upper four bits, 15 for a varint after it. */
const STRUCT = 12
const LENGTH_BYTES = 4

export function createFooter(schema: Schema): Footer {
  const elements = schemaElements(schema)
  const empty = metadataBytes(elements, 0, '', [])
  const rowGroups: Uint8Array[] = []
  return {
    add(rowGroup) {
      const one = metadataBytes(elements, 0, '', [rowGroup])
      const start = listHeaderAt(empty, one) + 1
      rowGroups.push(one.slice(start, start + one.length - empty.length))
    },
    encode(rows, createdBy) {
      const without = metadataBytes(elements, rows, createdBy, [])
      const at = listHeaderAt(without, metadataBytes(elements, rows, createdBy, [NO_ROW_GROUP]))
      const writer = new ByteWriter()
      writer.appendBytes(without.subarray(0, at))
      appendListHeader(writer, rowGroups.length)
      for (const bytes of rowGroups) writer.appendBytes(bytes)
      writer.appendBytes(without.subarray(at + 1, -LENGTH_BYTES))
      writer.appendUint32(writer.offset)
      writer.appendBytes(MAGIC)
      return writer.getBytes()
    },
  }
}

const NO_ROW_GROUP: RowGroup = { columns: [], num_rows: 0n, total_byte_size: 0n }

/** The metadata and its length, as the library writes them. */
function metadataBytes(schema: SchemaElement[], rows: number, createdBy: string, rowGroups: RowGroup[]): Uint8Array {
  const metadata: FileMetaData = {
    version: 2,
    schema,
    num_rows: BigInt(rows),
    row_groups: rowGroups,
    created_by: createdBy,
    metadata_length: 0, // not written from here: writeMetadata counts
  }
  const writer = new ByteWriter()
  writeMetadata(writer, metadata, MAX_STATISTIC_BYTES)
  return writer.getBytes()
}

/** Where footers that differ in their row groups alone begin to differ: at the header of that list. */
function listHeaderAt(empty: Uint8Array, one: Uint8Array): number {
  return empty.findIndex((byte, i) => byte !== one[i])
}

function appendListHeader(writer: ByteWriter, size: number): void {
  if (size === 0) {
    writer.appendUint8(0)
  } else if (size < 15) {
    writer.appendUint8((size << 4) | STRUCT)
  } else {
    writer.appendUint8((15 << 4) | STRUCT)
    writer.appendVarInt(size)
  }
}
