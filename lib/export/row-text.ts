import { ByteBuffer } from './byte-buffer.ts'
import type { FormatWriter, WriterSpec } from './format.ts'
import type { RowBatch } from './row-batch.ts'

/** A file that is text, row after row. */
export type RowText = Ends & (OneByOne | Some)

interface Ends {
  /** Before the first row. */
  begin(out: ByteBuffer): void
  load(batch: RowBatch): void
  /** After the last row, if there is any. */
  end(out: ByteBuffer, rows: number): void
}

interface OneByOne {
  /** The next row of the batch; `index` counts from the file's first. Returns why there is no place for it, having written nothing. */
  row(out: ByteBuffer, index: number): string | undefined
}

interface Some {
  /** The rows that follow in the batch, at least one and as many as are at hand. Returns how many. */
  some(out: ByteBuffer): number
}

/** Writes rows to the one file of an export. Memory: that of a `ByteBuffer`. */
export async function writeRowText({ target, signal }: WriterSpec, text: RowText): Promise<FormatWriter> {
  const file = await target.create()
  const out = new ByteBuffer()
  const leftOut = new Map<string, number>()
  let rows = 0
  text.begin(out)
  return {
    async write(batch) {
      signal?.throwIfAborted()
      text.load(batch)
      if ('some' in text) {
        for (let i = 0; i < batch.rows; ) {
          i += text.some(out)
          if (out.isPiece) await out.handOver(file)
        }
        rows += batch.rows
        return undefined
      }
      let without: number[] | undefined
      for (let i = 0; i < batch.rows; i++) {
        const why = text.row(out, rows)
        if (why === undefined) rows++
        else {
          leftOut.set(why, (leftOut.get(why) ?? 0) + 1)
          without ??= []
          without.push(i)
        }
        if (out.isPiece) await out.handOver(file)
      }
      return without
    },
    async finish() {
      text.end(out, rows)
      await out.flush(file)
      await file.close()
      return { rows, leftOut: Object.fromEntries(leftOut) }
    },
    abort: () => out.settle(),
  }
}
