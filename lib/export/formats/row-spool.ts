import { open } from 'node:fs/promises'
import { DaysealError } from '../../errors.ts'
import type { Leaf } from '../../parquet/schema.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import { faultsAs } from '../../store/storage-fault.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import { appendRows, type RowRuns, readColumn, type SpooledBlock, spooledBlock } from './spooled-column.ts'

/** Where rows are in the spool. */
export interface SpooledRows {
  readonly rows: number
  readonly offset: number
  readonly length: number
}

/** Rows on disk, as columns, to be read again in any order. */
export interface RowSpool {
  /** The rows that are appended next are of these columns. */
  load(columns: readonly LeafColumn[], rows: number): void
  append(runs: RowRuns): Promise<SpooledRows>
  /** Good until the next `read`. */
  read(place: SpooledRows): Promise<readonly LeafColumn[]>
  close(): Promise<void>
}

/**
 * A file of rows that is only for its writer. Memory: 1 MiB, what is appended or read at once, and per level entry of the
 * block that is loaded up to 8 bytes.
 * @throws DaysealError `storage`
 */
export async function openRowSpool(path: string, leaves: readonly Leaf[]): Promise<RowSpool> {
  const faults = <T>(act: () => Promise<T>) => faultsAs('the scratch file of the partitions failed', act)
  const file = await faults(() => open(path, 'wx+'))
  const out = new ByteBuffer()
  let block: readonly SpooledBlock[] = []
  let written = 0
  let room = new Uint8Array(0)

  async function flush(): Promise<void> {
    const bytes = out.bytes.subarray(0, out.length)
    for (let at = 0; at < bytes.length; ) {
      at += (await file.write(bytes, at, bytes.length - at, written + at)).bytesWritten
    }
    written += out.length
    out.length = 0
  }

  async function readBytes({ offset, length }: SpooledRows): Promise<Uint8Array> {
    if (room.length < length) room = new Uint8Array(Math.max(length, room.length * 2))
    const bytes = room.subarray(0, length)
    for (let at = 0; at < length; ) {
      const { bytesRead } = await file.read(bytes, at, length - at, offset + at)
      if (bytesRead === 0) throw shortened(path)
      at += bytesRead
    }
    return bytes
  }

  return {
    load(columns, rows) {
      block = columns.map((column, i) => spooledBlock(column, leaves[i]!.maxDefinition, rows))
    },
    async append(runs) {
      const offset = written + out.length
      for (const column of block) appendRows(out, column, runs)
      const length = written + out.length - offset
      if (out.isPiece) await faults(flush)
      let rows = 0
      for (let i = 0; i < runs.length; i += 2) rows += runs[i + 1]! - runs[i]!
      return { rows, offset, length }
    },
    async read(place) {
      if (out.length > 0) await faults(flush)
      const bytes = await faults(() => readBytes(place))
      const reader = { bytes, view: new DataView(bytes.buffer, 0, bytes.length), at: 0 }
      return leaves.map((leaf) => readColumn(reader, leaf))
    },
    close: () => faults(() => file.close()),
  }
}

function shortened(path: string): DaysealError {
  return new DaysealError('storage', `the scratch file ${path} is shorter than what was written to it`, {
    hint: 'nothing else may change the scratch directory',
  })
}
