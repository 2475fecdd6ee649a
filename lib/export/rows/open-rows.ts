import type { EventTimeSetting } from '../../event-time.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import type { Generation } from '../../seal/history.ts'
import type { Schema } from '../../shred/type.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import type { RowBatch } from '../row-batch.ts'
import type { Selection } from '../settings.ts'
import { type Above, aboveTest } from './above-test.ts'
import { type AbsentColumn, absentColumns } from './absent-columns.ts'
import { chooseColumns } from './choose-columns.ts'
import { type ColumnGroup, nullGroup } from './column-group.ts'
import { openDataFile } from './data-file.ts'
import { columnsOf, columnsOfDay } from './dataset-columns.ts'
import { planDay } from './day-plan.ts'
import { fileGroups } from './file-groups.ts'
import { joinStored } from './join-stored.ts'
import { jsonGroups } from './json-groups.ts'
import { missingColumns } from './known-columns.ts'
import type { LeafTest } from './leaf-test.ts'
import { rowsWithoutColumns } from './rows-without-columns.ts'
import { NO_ROWS, type RowChoice, type RowCounts, selectRows } from './select-rows.ts'
import { timeColumnOf, timeTest } from './time-test.ts'
import { whereTests } from './where.ts'

export interface OpenRowsOptions {
  /** Where the generations were sealed. */
  readonly out: ObjectStore
  /** Of different days, the earliest first. */
  readonly generations: readonly Generation[]
  readonly selection: Selection
  /** The dataset's column of times, if it has one. */
  readonly eventTime: EventTimeSetting | undefined
  /** Columns that the dataset has on other days: see `absentColumns`. */
  readonly known?: Schema | undefined
  /** Only rows beyond it. */
  readonly above?: Above | undefined
  /** Most rows of a batch. */
  readonly batchRows: number
  readonly signal?: AbortSignal | undefined
}

/** The rows of an export, to be read as often as needed. */
export interface RowSource {
  /** The columns of every batch. */
  readonly root: RootNode
  /** The same as a schema: key and name of a column are its name in the export. */
  readonly schema: Schema
  /** Columns that the selection names, and some of the days lack: there they are null. */
  readonly absent: readonly AbsentColumn[]
  /** Of the latest reading, so far. */
  counts(): RowCounts
  /** Reads, from the beginning. One reading at a time. */
  batches(): AsyncIterable<RowBatch>
}

/**
 * Sealed days as one stream of rows, in the order of days, hours, keys and lines. A day that lacks a column of another has
 * null there. Only the columns that are chosen or in a condition are read; row groups that cannot have a row by their
 * statistics are not. A day whose rows have no columns (`row_count` above 0, no data file) gives rows of nulls,
 * and batches without leaves if no other day has columns either.
 *
 * Memory: one row group's chosen columns decoded, of its file the chunks of conditions and a run of at most 8 MiB (or one
 * chunk), and the footer of one day. Of a day that goes through JSON, see `jsonGroups`.
 * @throws DaysealError `usage` for a selection that does not fit the columns, or names one that no day has, `corrupt` (also while reading) when a day's
 * file is not what its manifest promises, `storage` when it changes while it is read
 */
export async function openRows(options: OpenRowsOptions): Promise<RowSource> {
  const { out, generations, selection, eventTime, known = [], above, batchRows, signal } = options
  const days = generations.map((generation) => ({ generation, schema: columnsOfDay(generation.manifest.schema) }))
  const schemas = days.map(({ schema }) => schema)
  const time = timeColumnOf(selection.time, eventTime)
  const absent = absentColumns(days, known, selection, { time: time?.path, watermark: above?.column })
  const missing = missingColumns(known, schemas, [...selection.exclude, ...absent.map(({ column }) => column)])
  const dataset = await joinStored([...days, { generation: undefined, schema: missing }], async (day) =>
    day.generation === undefined ? undefined : openDataFile(out, day.generation, day.schema, signal),
  )
  if (dataset.leaves.length === 0) {
    const rows = generations.map(({ manifest }) => ({ date: manifest.date_utc, rows: manifest.row_count }))
    return { ...rowsWithoutColumns(rows, selection, batchRows), absent }
  }
  const { schema, leaves } = chooseColumns(dataset.root, selection)
  const inTime = timeTest(dataset.root, selection.time, time)
  const tests: readonly LeafTest[] = [
    ...(inTime ? [inTime] : []),
    ...(above ? [aboveTest(dataset.root, above)] : []),
    ...whereTests(dataset.root, selection.where),
  ]
  const choice: RowChoice = { dataset, root: columnsOf(schema).root, leaves, tests, batchRows }
  let counts = NO_ROWS
  return {
    root: choice.root,
    schema,
    absent,
    counts: () => counts,
    batches() {
      counts = NO_ROWS
      return readDays(options, choice, days, (more) => {
        counts = addCounts(counts, more)
      })
    },
  }
}

function addCounts(counts: RowCounts, more: Partial<RowCounts>): RowCounts {
  const sum = (key: Exclude<keyof RowCounts, 'notATime'>) => counts[key] + (more[key] ?? 0)
  return {
    rowsRead: sum('rowsRead'),
    rowsSelected: sum('rowsSelected'),
    rowGroups: sum('rowGroups'),
    rowGroupsSkipped: sum('rowGroupsSkipped'),
    rowsWithoutTime: sum('rowsWithoutTime'),
    notATime: counts.notATime ?? more.notATime,
  }
}

interface Day {
  readonly generation: Generation
  readonly schema: Schema
}

async function* readDays(
  options: OpenRowsOptions,
  choice: RowChoice,
  days: readonly Day[],
  onCount: (counts: Partial<RowCounts>) => void,
): AsyncGenerator<RowBatch> {
  const { selection, signal } = options
  let left = selection.limit ?? Number.POSITIVE_INFINITY
  for (const day of days) {
    for await (const group of groupsOf(options, choice, day)) {
      for await (const batch of selectRows(choice, group, day.generation.manifest.date_utc, left, onCount)) {
        signal?.throwIfAborted()
        left -= batch.rows
        yield batch
        if (left === 0) return
      }
    }
  }
}

async function* groupsOf(
  { out, batchRows, signal }: OpenRowsOptions,
  choice: RowChoice,
  { generation, schema }: Day,
): AsyncGenerator<ColumnGroup> {
  const { leaves } = choice.dataset
  const file = await openDataFile(out, generation, schema, signal)
  if (file === undefined) {
    for (let rows = generation.manifest.row_count; rows > 0; rows -= batchRows) {
      yield nullGroup(leaves, Math.min(rows, batchRows))
    }
    return
  }
  const sources = planDay(choice.dataset.root, file.footer.root)
  const conditions = choice.tests.map(({ leaf }) => leaf)
  const wanted = [...conditions, ...choice.leaves]
  if (wanted.some((leaf) => sources[leaf]!.kind === 'clash')) {
    yield* jsonGroups({ file, dataset: choice.dataset, wanted, date: generation.manifest.date_utc })
  } else {
    yield* fileGroups({ file, leaves, sources, conditions, chosen: choice.leaves })
  }
}
