import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DaysealError } from '../../lib/errors.ts'
import { type ReadBack, readBack } from '../../lib/export/check/read-back.ts'
import { createDigest } from '../../lib/export/digest.ts'
import type { Target, WrittenRows } from '../../lib/export/format.ts'
import type { FormatOptions } from '../../lib/export/format-options.ts'
import { loadFormat } from '../../lib/export/formats.ts'
import { keptColumns } from '../../lib/export/kept-columns.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { fieldsOfNode } from '../../lib/parquet/read-tree.ts'

/** One export in memory, by the paths of its files; the only file of most has the path ''. */
export interface Written {
  readonly files: ReadonlyMap<string, Buffer>
  readonly written: WrittenRows
}

/** Batches of one schema. */
export type Batches = readonly [RowBatch, ...RowBatch[]]

export const DATASET = 'tier "3"'

/** Writes batches of one schema as the format does it. */
export async function writeExport(options: FormatOptions, batches: Batches): Promise<Written> {
  const files = new Map<string, Buffer>()
  const create = async (path: string) => {
    const blocks: Buffer[] = []
    return {
      write: async (bytes: Uint8Array) => void blocks.push(Buffer.from(bytes)),
      close: async () => void files.set(path, Buffer.concat(blocks)),
    }
  }
  const target: Target = { create: () => create(''), createIn: create }
  const scratch = await mkdtemp(join(tmpdir(), 'dayseal-write-export-'))
  try {
    const { root } = batches[0]
    const format = await loadFormat(options)
    const writer = await format.open(options, { root, dataset: DATASET, target, scratch, signal: undefined })
    try {
      for (const batch of batches) if (batch.rows > 0) await writer.write(batch)
      return { files, written: await writer.finish() }
    } catch (error) {
      await writer.abort()
      throw error
    }
  } finally {
    await rm(scratch, { recursive: true })
  }
}

/** Undefined where the format refuses the columns. */
export async function writeIfPossible(options: FormatOptions, batches: Batches): Promise<Written | undefined> {
  try {
    return await writeExport(options, batches)
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'usage') return undefined
    throw error
  }
}

/** Reads a text back, in blocks of so many bytes. */
export function readText(
  options: FormatOptions,
  [batch]: Batches,
  bytes: Buffer,
  blockBytes = 2 ** 16,
): Promise<ReadBack> {
  const spec = { format: options, columns: fieldsOfNode(batch.root), dataset: DATASET, signal: undefined }
  return readBack(spec, { kind: 'stream', bytes: blocksOf(bytes, blockBytes) })
}

async function* blocksOf(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** @param format whose files have not all columns as they were, if it is such a one */
export function digestOf(batches: Batches, format?: FormatOptions): { readonly rows: number; readonly digest: string } {
  const { root } = batches[0]
  const digest = createDigest(format === undefined ? root : keptColumns(root, format))
  for (const batch of batches) digest.add(batch)
  return { rows: digest.rows, digest: digest.value() }
}
