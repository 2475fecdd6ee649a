import type { FileMetaData, KeyValue, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { Schema } from '../shred/type.ts'
import { type KeyValues, keyValuesOf, toKeyValues } from './key-values.ts'
import { schemaElements } from './schema.ts'
import { MAX_STATISTIC_BYTES } from './statistics.ts'

/**
 * A footer that grows. As objects, row groups take some 4 KB per chunk, and encoded some 150 bytes: they are encoded 512
 * chunks at a time. The library writes whole footers only, so such row groups are cut out of a footer of their own.
 */
export interface Footer {
  add(rowGroup: RowGroup): void
  /** The encoded metadata, its length and the magic bytes: all that follows the last chunk. */
  encode(rows: number, createdBy: string): Uint8Array
}

const MOST_CHUNKS = 512

export const MAGIC: Uint8Array = new TextEncoder().encode('PAR1')

/** Compact protocol, "List and Set": a list of structs has its size in the upper four bits, 15 for a varint after it. */
const STRUCT = 12
const LENGTH_BYTES = 4

/** @param about what the file says of itself besides its columns */
export function createFooter(schema: Schema, about: KeyValues = {}): Footer {
  const elements = schemaElements(schema)
  const keyValues = toKeyValues(keyValuesOf(schema, about))
  const encoded: Uint8Array[] = []
  let encodedCount = 0
  let pending: RowGroup[] = []
  const encodePending = () => {
    encoded.push(rowGroupBytes(elements, pending))
    encodedCount += pending.length
    pending = []
  }
  return {
    add(rowGroup) {
      pending.push(rowGroup)
      if (pending.length * rowGroup.columns.length >= MOST_CHUNKS) encodePending()
    },
    encode(rows, createdBy) {
      const writer = new ByteWriter()
      if (encodedCount === 0) {
        writer.appendBytes(metadataBytes({ elements, rows, createdBy, keyValues }, pending))
      } else {
        encodePending()
        const facts = { elements, rows, createdBy, keyValues }
        const without = metadataBytes(facts, [])
        const at = listHeaderAt(without, metadataBytes(facts, [NO_ROW_GROUP]))
        writer.appendBytes(without.subarray(0, at))
        writer.appendBytes(listHeader(encodedCount))
        for (const bytes of encoded) writer.appendBytes(bytes)
        writer.appendBytes(without.subarray(at + 1, -LENGTH_BYTES))
        writer.appendUint32(writer.offset)
      }
      writer.appendBytes(MAGIC)
      return writer.getBytes()
    },
  }
}

/** Row groups as they lie in a footer, one after another. */
function rowGroupBytes(elements: SchemaElement[], rowGroups: RowGroup[]): Uint8Array {
  if (rowGroups.length === 0) return new Uint8Array(0)
  const facts = { elements, rows: 0, createdBy: '', keyValues: undefined }
  const without = metadataBytes(facts, [])
  const all = metadataBytes(facts, rowGroups)
  const at = listHeaderAt(without, all)
  const behind = without.length - at - 1
  return all.slice(at + listHeader(rowGroups.length).length, all.length - behind)
}

const NO_ROW_GROUP: RowGroup = { columns: [], num_rows: 0n, total_byte_size: 0n }

/** What a footer has besides its row groups. */
interface FooterFacts {
  readonly elements: SchemaElement[]
  readonly rows: number
  readonly createdBy: string
  readonly keyValues: KeyValue[] | undefined
}

/** The metadata and its length, as the library writes them. */
function metadataBytes({ elements, rows, createdBy, keyValues }: FooterFacts, rowGroups: RowGroup[]): Uint8Array {
  const metadata: FileMetaData = {
    version: 2,
    schema: elements,
    num_rows: BigInt(rows),
    row_groups: rowGroups,
    ...(keyValues === undefined ? {} : { key_value_metadata: keyValues }),
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

/** Of a list that is not empty. */
function listHeader(size: number): Uint8Array {
  const writer = new ByteWriter(8)
  if (size < 15) {
    writer.appendUint8((size << 4) | STRUCT)
  } else {
    writer.appendUint8((15 << 4) | STRUCT)
    writer.appendVarInt(size)
  }
  return writer.getBytes()
}
