import type { RootNode } from '../parquet/read-tree.ts'
import type { RowBatch } from './row-batch.ts'

/** How rows become a file. One file per format in `formats/`. */
export interface Format<Options> {
  /** Without the dot. */
  readonly extension: string
  readonly mimeType: string
  /** Whether the whole file may be compressed: not one that is compressed inside, or opened where it lies. */
  readonly compressible: boolean
  /** @throws DaysealError `usage` when an option names a column that is not there, or the format cannot hold a column. */
  open(options: Options, spec: WriterSpec): Promise<FormatWriter>
}

export interface WriterSpec {
  /** The columns of every batch to come. */
  readonly root: RootNode
  /** Names the table, the index, the root element. */
  readonly dataset: string
  readonly target: Target
  /** A directory of the writer's own, empty and removed afterwards, for what cannot be streamed. */
  readonly scratch: string
  readonly signal: AbortSignal | undefined
}

/** Where a format writes. Nothing is visible under a final name before the whole export has been written. */
export interface Target {
  /** The one file of an export. */
  create(): Promise<OutputFile>
  /** One of several files, by its path in the export's folder. Files are written one after the other. */
  createIn(path: string): Promise<OutputFile>
}

export interface OutputFile {
  /** Resolves once the bytes may change. Await it before the next write, so that memory stays bounded. */
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface FormatWriter {
  /**
   * Takes the batch's rows. Its arrays are free again when it resolves, with the numbers of those that the format has no
   * place for, ascending; undefined where it has one for all.
   */
  write(batch: RowBatch): Promise<readonly number[] | undefined>
  finish(): Promise<WrittenRows>
  /** Gives back what the writer holds. Files of the target that are open are the target's to remove. */
  abort(): Promise<void>
}

export interface WrittenRows {
  readonly rows: number
  /** How many rows the format had no place for, by why: `{ 'no geometry': 3 }`. */
  readonly leftOut: Readonly<Record<string, number>>
}
