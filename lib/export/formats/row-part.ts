import type { ByteBuffer } from '../byte-buffer.ts'
import type { RowBatch } from '../row-batch.ts'

/** Something that a format writes of every row. */
export interface RowPart {
  load(batch: RowBatch): void
  /** Writes it of the next row. */
  write(out: ByteBuffer): void
}
