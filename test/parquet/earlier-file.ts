import type { SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { JSON_COLUMNS } from '../../lib/parquet/key-values.ts'
import { parseMetadata } from '../../lib/parquet/parse-metadata.ts'
import { leavesOfTree, readTree, schemaTree } from '../../lib/parquet/read-tree.ts'
import { schemaElements } from '../../lib/parquet/schema.ts'
import { MAX_STATISTIC_BYTES } from '../../lib/parquet/statistics.ts'
import type { Schema } from '../../lib/shred/type.ts'

/** The schema as version 0.1.0 wrote it: the logical type of json columns was JSON. */
export function earlierElements(schema: Schema): SchemaElement[] {
  return withJson(
    schemaElements(schema),
    leavesOfTree(schemaTree(schema)).map(({ kind }) => kind === 'json'),
  )
}

function withJson(elements: readonly SchemaElement[], isJson: readonly boolean[]): SchemaElement[] {
  let leaf = 0
  return elements.map((element) =>
    element.type !== undefined && isJson[leaf++]
      ? { ...element, converted_type: 'JSON', logical_type: { type: 'JSON' } }
      : element,
  )
}

/** A file of today as version 0.1.0 would have written it: the same chunks, and its footer. */
export function earlierFile(bytes: Uint8Array): Buffer {
  const raw = { timestampFromMicroseconds: (micros: bigint) => micros, stringFromBytes: (text: Uint8Array) => text }
  const { key_value_metadata, ...metadata } = parseMetadata(bytes, raw)
  if (key_value_metadata?.every(({ key }) => key !== JSON_COLUMNS) ?? true) throw new Error('no json column in there')
  const isJson = leavesOfTree(readTree({ ...metadata, key_value_metadata })).map(({ kind }) => kind === 'json')
  const footer = new ByteWriter()
  writeMetadata(footer, { ...metadata, schema: withJson(metadata.schema, isJson) }, MAX_STATISTIC_BYTES)
  footer.appendBytes(Buffer.from('PAR1'))
  return Buffer.concat([bytes.subarray(0, bytes.length - 8 - metadata.metadata_length), footer.getBytes()])
}
