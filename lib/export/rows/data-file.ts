import { DaysealError } from '../../errors.ts'
import { type FileBytes, type Footer, readFooter } from '../../parquet/read.ts'
import { fieldsOfNode } from '../../parquet/read-tree.ts'
import type { Generation } from '../../seal/history.ts'
import { schemaFromJson, schemaToJson } from '../../shred/schema-json.ts'
import type { Schema } from '../../shred/type.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { byNames, columnsOf } from './dataset-columns.ts'
import { inRuns, objectBytes } from './object-bytes.ts'

/** Enough for most footers, in one request with the last bytes. */
const TAIL_BYTES = 128 * 1024

/** The data of a sealed day. */
export interface DataFile {
  readonly bytes: FileBytes
  readonly footer: Footer
}

/**
 * Opens the file that a manifest promises, pinned to its present state; undefined for a day without one. `schema` are the
 * manifest's columns by name (`columnsOfDay`), which the footer then has. Memory: the footer.
 * @throws DaysealError `corrupt` when it is missing, or has another size, other rows or columns than the manifest says
 */
export async function openDataFile(
  out: ObjectStore,
  { manifest }: Generation,
  schema: Schema,
  signal: AbortSignal | undefined,
): Promise<DataFile | undefined> {
  const { data_key: key, parquet_size_bytes: size, row_count: rows, date_utc: date } = manifest
  if (key === null) return undefined
  signal?.throwIfAborted()
  const info = await out.head(key)
  const assert = (what: string, seen: string, wanted: string) => {
    if (seen === wanted) return
    throw new DaysealError('corrupt', `the data of ${date} is not what was sealed: ${what} of ${key}`, {
      seen,
      wanted,
      hint: 'run `dayseal verify` for that day, and restore the file from a copy',
    })
  }
  if (info === undefined) throw missing(out, key, date)
  assert('the size', `${info.size} bytes`, `${size} bytes`)
  const bytes = objectBytes(out, info, signal)
  const tail = { start: Math.max(0, info.size - TAIL_BYTES), end: info.size }
  const footer = await readFooter(inRuns(bytes, [{ start: 0, end: 4 }, tail]))
  const groupRows = footer.groups.reduce((sum, group) => sum + group.rows, 0)
  assert('the rows in the footer', String(footer.rows), String(rows))
  assert('the rows of the row groups', String(groupRows), String(rows))
  const promised = schemaToJson(byNames(schemaFromJson(manifest.schema)))
  assert('the columns', JSON.stringify(fieldsOfNode(footer.root)), JSON.stringify(promised))
  return { bytes, footer: { ...footer, ...columnsOf(schema) } }
}

function missing(out: ObjectStore, key: string, date: string): DaysealError {
  return new DaysealError('corrupt', `the data of ${date} is not there: ${key} in ${out.location}`, {
    seen: 'no object',
    wanted: 'the file that its manifest names',
    hint: 'run `dayseal verify` for that day, and restore the file from a copy',
  })
}
