import { type FileMetaData, type ParquetParsers, parquetMetadata } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'

const BYTE_ORDER_MARK = Buffer.from('\ufeff')
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A footer as hyparquet parses it; `bytes` are the last ones of a file, from the footer on. hyparquet drops a byte order
 * mark at the start of a name, which is a character like any other there: such names are read again.
 */
export function parseMetadata(bytes: Uint8Array, parsers: Partial<ParquetParsers>): FileMetaData {
  const metadata = parquetMetadata(bytes, { parsers, geoparquet: false })
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(BYTE_ORDER_MARK) < 0) return metadata
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // parquet.thrift, FileMetaData: 2 schema (SchemaElement: 4 name), 4 row_groups (1 columns: 3 meta_data: 3 path_in_schema).
  const raw = deserializeTCompactProtocol({ view, offset: bytes.length - 8 - metadata.metadata_length })
  const schema = metadata.schema.map((element, i) => ({ ...element, name: decoder.decode(raw.field_2[i].field_4) }))
  const row_groups = metadata.row_groups.map((group, g) => ({
    ...group,
    columns: group.columns.map((column, c) => {
      const path = raw.field_4[g].field_1[c].field_3?.field_3
      if (column.meta_data === undefined || path === undefined) return column
      const path_in_schema = path.map((name: Uint8Array) => decoder.decode(name))
      return { ...column, meta_data: { ...column.meta_data, path_in_schema } }
    }),
  }))
  return { ...metadata, schema, row_groups }
}
