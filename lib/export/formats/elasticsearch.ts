import { DaysealError } from '../../errors.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { escapeEntries } from '../json-string.ts'
import { jsonRows } from '../json-text.ts'
import { writeRowText } from '../row-text.ts'
import { parseMoment } from '../rows/moment.ts'
import { ScalarText } from '../scalar-text.ts'
import { assertFields } from './document-fields.ts'
import { type IndexNames, indexNames } from './index-name.ts'
import type { RowPart } from './row-part.ts'
import { scalarColumn } from './scalar-column.ts'
import { type TimeColumn, timeColumn } from './time-column.ts'

const NOTHING = Buffer.alloc(0)
const ACTION_END = Buffer.from('}}\n')
const LINE_END = 0x0a

/** Elasticsearch, "Bulk API": an id is not empty, and has at most so many bytes. */
const MAX_ID_BYTES = 512

/**
 * The body of Elasticsearch's `_bulk` (7 and later, and OpenSearch): two lines per row, `{"index":{"_index":"…","_id":"…"}}`
 * and the row. A row whose id is null has no `_id`, so Elasticsearch gives it one. The index goes by the row's time; where that
 * is null, or there is no such column, by the beginning of the sealed day.
 *
 * How a reader gets a row back: every second line is it, all columns, as ndjson has them.
 */
export const elasticsearch: Format<FormatOptions<'elasticsearch'>> = {
  extension: 'bulk.ndjson',
  mimeType: 'application/x-ndjson',
  compressible: true,
  async open({ index, id, time, timeForm }, spec) {
    assertFields(spec.root)
    const rows = jsonRows(spec.root)
    const actionIndex = indexOfRows(
      indexNames(index, spec.dataset),
      time,
      time === undefined ? undefined : timeColumn(spec.root, time, timeForm),
    )
    const actionId = id === undefined ? undefined : idOfRows(spec.root, id)
    return writeRowText(spec, {
      begin() {},
      load(batch) {
        actionIndex.load(batch)
        actionId?.load(batch)
        rows.load(batch)
      },
      row(out) {
        actionIndex.write(out)
        actionId?.write(out)
        out.append(ACTION_END)
        rows.write(out)
        out.byte(LINE_END)
      },
      end() {},
    })
  },
}

function indexOfRows(names: IndexNames, path: string | undefined, times: TimeColumn | undefined): RowPart {
  if (names.byHour && path === undefined) {
    throw new DaysealError('usage', 'index: {HH} is the hour of a row, and no column of times is named', {
      wanted: '`time`, or an index without {HH}',
    })
  }
  let day: bigint | undefined
  let name: string | undefined
  let text = NOTHING
  return {
    load(batch) {
      times?.load(batch)
      day = batch.date === undefined ? undefined : parseMoment(batch.date)
    },
    write(out) {
      const micros = times?.next() ?? day
      if (micros === undefined && names.byTime) throw noTime(path)
      const next = names.nameAt(micros ?? 0n)
      if (next !== name) text = Buffer.from(`{"index":{"_index":${JSON.stringify(next)}`)
      name = next
      out.append(text)
    },
  }
}

function noTime(path: string | undefined): DaysealError {
  return new DaysealError('usage', 'index: a row has no time, and is of no one day', {
    seen: path === undefined ? 'no `time`' : `null in ${path}`,
    wanted: 'a time in each row, or an index without {yyyy}, {MM}, {dd} and {HH}',
  })
}

function idOfRows(root: RootNode, path: string): RowPart {
  const before = Buffer.from(',"_id":"')
  const after = Buffer.from('"')
  const node = scalarColumn(root, path, 'id', ['string', 'int64'])
  const ids = new ScalarText(node, { before, after, absent: NOTHING, encode: escapeEntries })
  return {
    load: (batch) => ids.load(batch),
    write(out) {
      if (ids.isNull) return ids.write(out)
      const start = out.length
      ids.write(out)
      const size = out.length - start - before.length - after.length
      if (size === 0 || size > MAX_ID_BYTES) assertId(out.bytes.subarray(start + before.length - 1, out.length), path)
    },
  }
}

/** @param text JSON */
function assertId(text: Uint8Array, path: string): void {
  const id: unknown = JSON.parse(Buffer.from(text).toString('utf8'))
  const bytes = Buffer.byteLength(String(id))
  if (bytes > 0 && bytes <= MAX_ID_BYTES) return
  throw new DaysealError('usage', `id: a row's ${path} cannot be the id of a document`, {
    seen: bytes === 0 ? 'an empty text' : `${bytes} bytes, ${JSON.stringify(String(id).slice(0, 60))}…`,
    wanted: `1 to ${MAX_ID_BYTES} bytes`,
  })
}
