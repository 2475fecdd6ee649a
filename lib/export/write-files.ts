import { DaysealError } from '../errors.ts'
import type { RootNode } from '../parquet/read-tree.ts'
import { makeFolder, makeScratch } from '../store/folder.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { createSum, type RowSum, rowHasher } from './digest.ts'
import type { Format, FormatWriter, WrittenRows } from './format.ts'
import type { FormatOptions } from './format-options.ts'
import { keptColumns } from './kept-columns.ts'
import type { ExportMeta } from './meta.ts'
import type { Transformation } from './output/pipe-output.ts'
import { type StoredTarget, storedTarget, type WrittenFile } from './output/target.ts'
import type { RowBatch } from './row-batch.ts'

/** One format of an export: what is written, and where. */
export interface Output {
  readonly options: FormatOptions
  readonly format: Format<FormatOptions>
  readonly key: string
  /** What its name ends with, dots included. */
  readonly extension: string
  readonly compression: ExportMeta['compression']
  readonly transformations: readonly Transformation[]
}

export interface WriteOptions {
  readonly outputs: readonly Output[]
  readonly root: RootNode
  readonly batches: AsyncIterable<RowBatch>
  readonly store: ObjectStore
  readonly dataset: string
  /** A directory of this run's own. */
  readonly scratch: string
  readonly onBatch: (batch: RowBatch) => void
  readonly signal: AbortSignal | undefined
}

/** What became of one output. */
export interface WrittenOutput extends WrittenRows {
  readonly output: Output
  readonly files: readonly WrittenFile[]
  /** Of the file's rows, by the columns that the format keeps. */
  readonly digest: string
}

interface OpenOutput {
  readonly output: Output
  readonly target: StoredTarget
  readonly writer: FormatWriter
  /** The columns whose values are in the file as they were. */
  readonly kept: RootNode
  readonly sum: RowSum
}

/**
 * Writes rows in several formats in one pass. All files appear once all formats have all rows; a fault, or the signal,
 * leaves none. Memory: what the writers hold, one batch, and what the store's writes hold per format.
 */
export async function writeFiles(options: WriteOptions): Promise<readonly WrittenOutput[]> {
  const { outputs, batches, onBatch, signal } = options
  const open: OpenOutput[] = []
  try {
    for (const output of outputs) open.push(await openOutput(output, options))
    const hashers = new Map([...new Set(open.map(({ kept }) => kept))].map((kept) => [kept, rowHasher(kept)]))
    let seen = 0
    for await (const batch of batches) {
      signal?.throwIfAborted()
      const hashes = new Map([...hashers].map(([kept, hashRows]) => [kept, hashRows(batch)]))
      for (const { writer, kept, sum } of open) sum.add(hashes.get(kept)!, await writer.write(batch))
      seen += batch.rows
      onBatch(batch)
    }
    const rows: WrittenRows[] = []
    for (const { writer } of open) rows.push(await writer.finish())
    signal?.throwIfAborted()
    const written: WrittenOutput[] = []
    for (const [i, { output, target, sum }] of open.entries()) {
      assertRows(output, rows[i]!, sum.rows, seen)
      written.push({ ...rows[i]!, output, files: await target.commit(), digest: sum.value() })
    }
    return written
  } catch (error) {
    // The fault that led here is the one to report.
    await Promise.allSettled(open.map(({ writer }) => writer.abort()))
    await Promise.allSettled(open.map(({ target }) => target.abort(error)))
    throw error
  }
}

async function openOutput(output: Output, options: WriteOptions): Promise<OpenOutput> {
  const { root, store, dataset, signal } = options
  await makeFolder(options.scratch)
  const scratch = await makeScratch(options.scratch, 'format-')
  const { key, transformations, format } = output
  const target = storedTarget({ store, key, transformations })
  try {
    const writer = await format.open(output.options, { root, dataset, target, scratch, signal })
    return { output, target, writer, kept: keptColumns(root, output.options), sum: createSum() }
  } catch (error) {
    await target.abort(error)
    throw error
  }
}

/** Nothing is lost between the rows that went in and those that a format says it wrote. */
function assertRows({ options }: Output, { rows, leftOut }: WrittenRows, counted: number, seen: number): void {
  const all = Object.values(leftOut).reduce((sum, count) => sum + count, rows)
  if (all === seen && rows === counted) return
  throw new DaysealError('internal', `the format ${options.format} lost rows`, {
    seen: `${rows} written, ${all - rows} left out`,
    wanted: `${counted} of ${seen}`,
  })
}
