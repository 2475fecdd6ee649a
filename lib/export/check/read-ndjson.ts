import * as z from 'zod'
import { canonicalJson } from '../../canonical-json.ts'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { readLines } from './lines.ts'
import type { RowTexts } from './row-texts.ts'

const OPEN_BRACE = 0x7b
const VERSION = Buffer.from('{"_schema_version":"1.0.0",')

/**
 * The lines, each a row. With a schema record: without the record and each row's `_schema_version`.
 * @throws DaysealError `corrupt` where they are not there, or the record has other columns
 */
export async function* readNdjson(
  bytes: AsyncIterable<Uint8Array>,
  { schemaRecord }: FormatOptions<'ndjson'>,
  columns: readonly FieldJson[],
): AsyncGenerator<RowTexts> {
  if (!schemaRecord) return yield* readLines(bytes)
  let record = true
  let line = 1
  for await (const { bytes: block, bounds } of readLines(bytes)) {
    const rows = record ? bounds.slice(2) : bounds
    if (record) assertRecord(block, bounds[0]!, bounds[1]!, columns)
    record = false
    yield {
      bytes: block,
      bounds: rows.map((at, i) => (i % 2 === 0 ? withoutVersion(block, at, rows[i + 1]!, ++line) : at)),
    }
  }
  if (record) throw corrupt('the file has no schema record', 'the end of the file', 'a schema record')
}

const schemaRecord = z.strictObject({
  _type: z.literal('schema'),
  _version: z.literal('1.0.0'),
  columns: z.array(z.unknown()),
})

function assertRecord(bytes: Uint8Array, start: number, end: number, columns: readonly FieldJson[]): void {
  let parsed: z.infer<typeof schemaRecord>
  try {
    parsed = schemaRecord.parse(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString('utf8')))
  } catch (error) {
    const seen = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    throw corrupt('the first line is no schema record', seen, '{"_type":"schema","_version":"1.0.0","columns":[…]}')
  }
  if (Buffer.compare(canonicalJson(parsed.columns), canonicalJson(columns)) === 0) return
  throw corrupt(
    'the schema record has other columns than the export',
    JSON.stringify(parsed.columns).slice(0, 200),
    'the same',
  )
}

/** Where the row begins without the version. Its comma becomes the brace. */
function withoutVersion(bytes: Uint8Array, start: number, end: number, line: number): number {
  const from = start + VERSION.length - 1
  if (from >= end || VERSION.compare(bytes, start, from + 1) !== 0) {
    const seen = Buffer.from(bytes.subarray(start, Math.min(end, start + 40))).toString('utf8')
    throw corrupt(`line ${line} has no schema version`, JSON.stringify(seen), VERSION.toString())
  }
  bytes[from] = OPEN_BRACE
  return from
}
