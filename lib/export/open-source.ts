import { join } from 'node:path'
import type { ExportState } from '../catalog/export-record.ts'
import { DaysealError } from '../errors.ts'
import type { RootNode } from '../parquet/read-tree.ts'
import { readBaseSchema } from '../seal/base-schema.ts'
import type { Generation } from '../seal/history.ts'
import { makeFolder } from '../store/folder.ts'
import { AUTO_TIME, describeForm } from '../time/time-reader.ts'
import { derive, derives } from './derive/derive.ts'
import type { RejectedRow } from './derive/row-source.ts'
import { valueBefore, watermarkColumn } from './incremental.ts'
import { lastOfKeys } from './merge.ts'
import { sealedRows } from './plan-days.ts'
import type { RowBatch } from './row-batch.ts'
import type { AbsentColumn } from './rows/absent-columns.ts'
import { columnsOfDay } from './rows/dataset-columns.ts'
import { openRows } from './rows/open-rows.ts'
import type { RowCounts } from './rows/select-rows.ts'
import { type TimeColumn, timeColumnOf } from './rows/time-test.ts'
import type { ExportRequest } from './run-export.ts'
import { type SpanKinds, spanOf } from './time-span.ts'

export interface SourceOptions {
  readonly request: ExportRequest
  readonly generations: readonly Generation[]
  readonly state: ExportState | undefined
  /** A directory of the run's own. */
  readonly scratch: string
  readonly reject: (row: RejectedRow) => Promise<void>
  /** Hears of the sealed days' rows as they are read. */
  readonly onRows: (rows: number) => void
}

/** The rows of an export, as they go to its formats. */
export interface ExportSource {
  readonly root: RootNode
  batches(): AsyncIterable<RowBatch>
  /** So far: rows of the sealed days that were chosen, before functions, groups and merging. */
  selected(): number
  /** So far: rows that were not chosen because what they have in a column of times is none. */
  rowsWithoutTime(): number
  /** Columns that the settings name, and some of the days lack. */
  readonly absent: readonly AbsentColumn[]
  /** The greatest value so far of the column that makes rows new. */
  watermark(): bigint | undefined
}

/** What the settings choose of the days; of rows with equal keys the newest; then what functions and groups make of them. */
export async function openSource({
  request,
  generations,
  state,
  scratch,
  reject,
  onRows,
}: SourceOptions): Promise<ExportSource> {
  const { dataset, settings, out, signal, full = false } = request
  const { incremental, batchSize } = settings
  const column = watermarkColumn(incremental)
  const isBeyond = column !== undefined && !full && incremental?.into === 'files'
  const value = isBeyond ? valueBefore(state, column) : undefined
  const reading = {
    out,
    generations,
    selection: settings,
    eventTime: dataset.eventTime,
    known: columnsOfDay((await readBaseSchema(out)).schema),
    above: column === undefined || value === undefined ? undefined : { column, value },
    batchRows: batchSize,
    signal,
  }
  const rows = await openRows(reading)
  const span = column === undefined ? undefined : watermarkSpan(rows.root, column)
  const watermark = column === undefined ? undefined : { path: column, reader: AUTO_TIME }
  const timed = timeColumnOf(settings.time, dataset.eventTime) ?? watermark
  const watched = {
    root: rows.root,
    batches: () =>
      tap(
        rows.batches(),
        (batch) => {
          span?.add(batch)
          onRows(batch.rows)
        },
        () => timed !== undefined && refuseUnread(rows.counts(), timed),
      ),
  }
  const newest = incremental?.into === 'merge' ? await merged(watched, reading, incremental.keys) : watched
  const counted = {
    selected: () => rows.counts().rowsSelected,
    rowsWithoutTime: () => rows.counts().rowsWithoutTime,
    absent: rows.absent,
    watermark: () => span?.range()?.max,
  }
  if (!derives(settings)) return { ...newest, ...counted }
  const own = join(scratch, 'derived')
  await makeFolder(own)
  return { ...(await derive(newest, settings, { scratch: own, batchRows: batchSize, reject, signal })), ...counted }
}

type Rows = Pick<ExportSource, 'root' | 'batches'>

/** The keys are read on their own first. */
async function merged(rows: Rows, reading: Parameters<typeof openRows>[0], keys: readonly string[]): Promise<Rows> {
  const selection = { ...reading.selection, columns: [...keys], exclude: [], rename: {} }
  const keyRows = await openRows({ ...reading, selection })
  const count = sealedRows(reading.generations)
  return { root: rows.root, batches: () => lastOfKeys(rows, keyRows, count) }
}

const WATERMARKS: SpanKinds = { integers: ['timestamp', 'int64'], times: ['string', 'double'] }

function watermarkSpan(root: RootNode, column: string) {
  const span = spanOf(root, column, WATERMARKS, AUTO_TIME)
  if (span !== undefined) return span
  throw new DaysealError('usage', `the watermark ${column} cannot be used`, {
    seen: 'no such column in the export, or one of another kind',
    wanted: 'a column of times or integers, outside of lists and maps, that is exported under its own name',
  })
}

async function* tap(
  batches: AsyncIterable<RowBatch>,
  see: (batch: RowBatch) => void,
  end: () => void,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    see(batch)
    yield batch
  }
  end()
}

/** That no row matches is known only where the times of all could be read. */
function refuseUnread({ rowsSelected, rowsWithoutTime, notATime }: RowCounts, { path, reader }: TimeColumn): void {
  if (rowsSelected > 0 || rowsWithoutTime === 0) return
  const rows = rowsWithoutTime === 1 ? '1 row' : `${rowsWithoutTime} rows`
  throw new DaysealError('usage', `no row is known to match: of ${rows} it cannot be told, whose ${path} is no time`, {
    seen: `${notATime}`,
    wanted: describeForm(reader.form),
    hint: 'name another column (--time-column, time.column), or say how its times are written (--time-form, time.form)',
  })
}
