import { join } from 'node:path'
import { DaysealError } from '../../errors.ts'
import { CODECS, type Codec } from '../../parquet/codec.ts'
import { createFileWriter, type FileWriter } from '../../parquet/file-writer.ts'
import type { KeyValues } from '../../parquet/key-values.ts'
import type { RootNode } from '../../parquet/read-tree.ts'
import { leavesOf } from '../../parquet/schema.ts'
import type { Schema } from '../../shred/type.ts'
import { CREATED_BY } from '../../version.ts'
import type { Format, FormatWriter, OutputFile, WriterSpec } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { chooseColumns } from '../rows/choose-columns.ts'
import { fieldsOf } from '../rows/dataset-columns.ts'
import { gatherRows, type SomeRows } from './gathered-rows.ts'
import { type PartitionKey, partitionKeys } from './partition-key.ts'
import { partitionRows } from './partitioned-rows.ts'

/** Rows are gathered to so many bytes of columns: for a row group, and before they go to their partitions. */
const ROW_GROUP_BYTES = 32 * 2 ** 20
const BLOCK_BYTES = 8 * 2 ** 20

/** In each folder. */
const FILE = 'part-0.parquet'

/**
 * Apache Parquet, as sealed days are, in any codec. With `partitionBy` a file `part-0.parquet` in a folder
 * `key=value/…` for each combination of values, in which these columns are not; without rows, one file without a folder.
 * Columns in folders are named by their paths (`lib/path-pattern.ts`); names and values are percent-encoded. Rows keep
 * their order within a file.
 */
export const parquet: Format<FormatOptions<'parquet'>> = {
  extension: 'parquet',
  mimeType: 'application/vnd.apache.parquet',
  compressible: false,
  async open({ codec, partitionBy }, spec) {
    const keys = partitionKeys(spec.root, partitionBy)
    const about = { 'dayseal.dataset': spec.dataset }
    const form = { ...chooseFileColumns(spec.root, keys), codec: CODECS[codec], about }
    return keys.length === 0 ? writeOne(form, spec) : writePartitions(form, keys, spec)
  },
}

/** What all files of an export have in common. */
interface FileForm {
  readonly schema: Schema
  /** Per leaf of the schema, which one of a batch it is. */
  readonly leaves: readonly number[]
  readonly codec: Codec
  readonly about: KeyValues
}

function chooseFileColumns(root: RootNode, keys: readonly PartitionKey[]): Pick<FileForm, 'schema' | 'leaves'> {
  const columns = keys.filter(({ leaf }) => leaf !== undefined)
  if (root.endLeaf === columns.length) {
    throw new DaysealError('usage', 'a Parquet file needs at least one column', {
      seen: columns.length === 0 ? 'none' : `all ${columns.length} in partitionBy`,
      wanted: 'a column besides those',
    })
  }
  return chooseColumns(root, { columns: undefined, exclude: columns.map(({ name }) => name), rename: {} })
}

/** Memory: the gathered rows, and what the file writer takes. */
async function writeOne(form: FileForm, { target, signal }: WriterSpec): Promise<FormatWriter> {
  const files = fileSequence(form)
  files.begin(await target.create())
  return {
    async write(batch) {
      signal?.throwIfAborted()
      await files.add(batch)
    },
    finish: async () => ({ rows: await files.end(), leftOut: {} }),
    async abort() {},
  }
}

/** Memory: as for one file, and what `partitionRows` takes for 8 MiB of columns. Disk: all rows, not compressed. */
async function writePartitions(form: FileForm, keys: readonly PartitionKey[], spec: WriterSpec): Promise<FormatWriter> {
  const { root, target, scratch, signal } = spec
  const partitions = await partitionRows({ keys, kept: form.leaves, schema: form.schema, path: join(scratch, 'rows') })
  let date: string | undefined
  const block = gatherRows(leavesOf(fieldsOf(root.fields)), BLOCK_BYTES, (some) => {
    signal?.throwIfAborted()
    return partitions.add({ ...some, root, date })
  })
  const files = fileSequence(form)

  async function writeFile(path: string, rows: AsyncIterable<SomeRows>): Promise<number> {
    signal?.throwIfAborted()
    files.begin(await target.createIn(path))
    for await (const some of rows) await files.add(some)
    return files.end()
  }

  return {
    async write(batch) {
      if (batch.date !== date) await block.flush()
      date = batch.date
      await block.add(batch)
    },
    async finish() {
      await block.flush()
      const folders = partitions.folders()
      let rows = 0
      for (const folder of folders) rows += await writeFile(`${folder}/${FILE}`, partitions.rowsIn(folder))
      if (folders.length === 0) await writeFile(FILE, partitions.rowsIn(''))
      await partitions.close()
      return { rows, leftOut: {} }
    },
    abort: partitions.close,
  }
}

/** Writes files one after the other, in the same memory. */
function fileSequence({ schema, codec, about }: FileForm) {
  let file: { readonly output: OutputFile; readonly writer: FileWriter } | undefined
  const group = gatherRows(leavesOf(schema), ROW_GROUP_BYTES, async (some) => {
    await file?.writer.writeRowGroup({ schema, ...some })
  })
  return {
    begin(output: OutputFile): void {
      file = { output, writer: createFileWriter({ schema, sink: output, createdBy: CREATED_BY, about, codec }) }
    },
    add: group.add,
    /** Returns how many rows the file has. */
    async end(): Promise<number> {
      await group.flush()
      if (file === undefined) throw new DaysealError('internal', 'a Parquet file ends that was not begun')
      const { rows } = await file.writer.finish()
      await file.output.close()
      return rows
    },
  }
}
