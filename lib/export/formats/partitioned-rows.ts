import { DaysealError } from '../../errors.ts'
import { leavesOf } from '../../parquet/schema.ts'
import type { Schema } from '../../shred/type.ts'
import type { RowBatch } from '../row-batch.ts'
import type { SomeRows } from './gathered-rows.ts'
import type { PartitionKey } from './partition-key.ts'
import { openRowSpool, type SpooledRows } from './row-spool.ts'

const MAX_PARTITIONS = 10_000

export interface PartitionOptions {
  readonly keys: readonly PartitionKey[]
  /** Which of a batch's leaves are kept, and what they are. */
  readonly kept: readonly number[]
  readonly schema: Schema
  /** For a scratch file. */
  readonly path: string
}

/** Rows by their folders. */
export interface PartitionedRows {
  /** A row costs least in a large batch. */
  add(batch: RowBatch): Promise<void>
  /** In the order of their names. */
  folders(): readonly string[]
  /** A folder's rows in the order in which they came; each good until the next. */
  rowsIn(folder: string): AsyncIterable<SomeRows>
  close(): Promise<void>
}

/**
 * Keeps rows on disk until all have come. Memory: that of the spool, and some 100 bytes per batch and folder that it has
 * rows of.
 * @throws DaysealError `usage` for more than 10,000 folders, `storage`
 */
export async function partitionRows({ keys, kept, schema, path }: PartitionOptions): Promise<PartitionedRows> {
  const spool = await openRowSpool(path, leavesOf(schema))
  const partitions = new Map<string, SpooledRows[]>()
  return {
    async add(batch) {
      spool.load(
        kept.map((leaf) => batch.leaves[leaf]!),
        batch.rows,
      )
      for (const [folder, rows] of runsByFolder(keys, batch)) {
        const places = partitions.get(folder)
        const place = await spool.append(rows)
        if (places === undefined) partitions.set(folder, [place])
        else places.push(place)
        if (partitions.size > MAX_PARTITIONS) throw tooMany(keys, [...partitions.keys()])
      }
    },
    folders: () => [...partitions.keys()].sort(),
    async *rowsIn(folder) {
      for (const place of partitions.get(folder) ?? []) yield { rows: place.rows, leaves: await spool.read(place) }
    },
    close: spool.close,
  }
}

/** Per folder its rows, in order. */
function runsByFolder(keys: readonly PartitionKey[], batch: RowBatch): ReadonlyMap<string, number[]> {
  for (const key of keys) key.load(batch)
  const runs = new Map<string, number[]>()
  for (let row = 0; row < batch.rows; row++) {
    let folder = ''
    for (const key of keys) folder += folder === '' ? key.next() : `/${key.next()}`
    const own = runs.get(folder)
    if (own === undefined) runs.set(folder, [row, row + 1])
    else if (own.at(-1) === row) own[own.length - 1] = row + 1
    else own.push(row, row + 1)
  }
  return runs
}

/** Names the column with the most values. */
function tooMany(keys: readonly PartitionKey[], folders: readonly string[]): DaysealError {
  const values = keys.map(({ name }, i) => ({
    name,
    count: new Set(folders.map((folder) => folder.split('/')[i])).size,
  }))
  const most = values.reduce((a, b) => (b.count > a.count ? b : a))
  return new DaysealError('usage', `partitionBy: the rows go to more than ${MAX_PARTITIONS} folders`, {
    seen: `${most.count} values of ${most.name} so far`,
    wanted: `at most ${MAX_PARTITIONS} folders`,
    hint: 'choose a column with fewer values',
  })
}
