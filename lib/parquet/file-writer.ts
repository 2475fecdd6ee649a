import type { ColumnChunk } from 'hyparquet'
import { DaysealError } from '../errors.ts'
import { freeBytes } from '../free-bytes.ts'
import type { ColumnBatch } from '../shred/batch.ts'
import type { Schema } from '../shred/type.ts'
import { columnChunk, encodeChunk } from './chunk.ts'
import { type Codec, ZSTD } from './codec.ts'
import { type ByteSink, createFileBody, type FileSummary } from './file-body.ts'
import type { KeyValues } from './key-values.ts'
import { type Leaf, leavesOf } from './schema.ts'

export interface FileWriter {
  /** Writes one row group. The batch's arrays are free again when it resolves. A batch without rows writes nothing. */
  writeRowGroup(batch: ColumnBatch): Promise<void>
  /** Writes the footer. Nothing can be written after it. */
  finish(): Promise<FileSummary>
}

export interface FileWriterOptions {
  readonly schema: Schema
  readonly sink: ByteSink
  /** `<application> version <version> (build <hash>)`, as parquet.thrift asks of `created_by`. */
  readonly createdBy: string
  /** What the file says of itself besides its columns. */
  readonly about?: KeyValues | undefined
  /** Default: zstd, which sealed days have. */
  readonly codec?: Codec
}

/**
 * Writes a Parquet file of compressed columns to a sink, without page indexes, so that its chunks can be moved.
 * The same batches give the same bytes. Memory: one encoded chunk, 1 MiB, and the footer so far (`createFooter`).
 * @throws DaysealError `internal` when a batch does not fit the schema.
 */
export function createFileWriter({ schema, sink, createdBy, about, codec = ZSTD }: FileWriterOptions): FileWriter {
  const leaves = leavesOf(schema)
  const body = createFileBody({ schema, sink, createdBy, about })
  return {
    async writeRowGroup(batch) {
      if (batch.schema !== schema) assertSameLeaves(leaves, batch.schema)
      assertSameCount(leaves, batch)
      if (batch.rows === 0) return
      const start = body.offset
      const columns: ColumnChunk[] = []
      for (const [i, leaf] of leaves.entries()) {
        const chunk = encodeChunk(leaf, batch.leaves[i]!, codec)
        assertRows(leaf, chunk.rows, batch.rows)
        columns.push(columnChunk(leaf, chunk, body.offset))
        for (const piece of chunk.pieces) {
          await body.append(piece)
          freeBytes(piece)
        }
      }
      body.endRowGroup(columns, batch.rows, start)
    },
    finish: body.finish,
  }
}

function assertSameLeaves(leaves: readonly Leaf[], schema: Schema): void {
  const others = leavesOf(schema)
  if (others.length !== leaves.length || others.some(({ id }, i) => id !== leaves[i]!.id)) {
    throw new DaysealError('internal', 'a batch has another schema than its file')
  }
}

function assertSameCount(leaves: readonly Leaf[], batch: ColumnBatch): void {
  if (batch.leaves.length === leaves.length) return
  throw new DaysealError('internal', 'a batch does not fit its schema', {
    seen: `${batch.leaves.length} columns`,
    wanted: `${leaves.length}`,
  })
}

function assertRows(leaf: Leaf, seen: number, wanted: number): void {
  if (seen === wanted) return
  throw new DaysealError('internal', `column ${leaf.path.join('.')} does not fit its batch`, {
    seen: `${seen} rows`,
    wanted: `${wanted}`,
  })
}
