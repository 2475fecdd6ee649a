import { ByteBuffer } from '../../lib/export/byte-buffer.ts'
import type { Format, Target, WrittenRows } from '../../lib/export/format.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'

/** Keeps the one file of an export, as it was when each piece was written. */
export function memoryTarget(): Target & { bytes(): Buffer; readonly sizes: readonly number[] } {
  const pieces: Buffer[] = []
  const sizes: number[] = []
  return {
    sizes,
    bytes: () => Buffer.concat(pieces),
    async create() {
      return {
        async write(bytes) {
          // A slow sink, which sees the bytes late.
          await new Promise((resolve) => setImmediate(resolve))
          pieces.push(Buffer.from(bytes))
          sizes.push(bytes.length)
        },
        async close() {},
      }
    },
    createIn: () => Promise.reject(new Error('one file')),
  }
}

/** What a format makes of batches, which have one schema. */
export async function written<Options>(
  format: Format<Options>,
  options: Options,
  batches: readonly [RowBatch, ...RowBatch[]],
): Promise<{ readonly bytes: Buffer; readonly rows: WrittenRows; readonly sizes: readonly number[] }> {
  const target = memoryTarget()
  const spec = { root: batches[0].root, dataset: 'test', target, scratch: '', signal: undefined }
  const writer = await format.open(options, spec)
  for (const batch of batches) if (batch.rows > 0) await writer.write(batch)
  const rows = await writer.finish()
  return { bytes: target.bytes(), rows, sizes: target.sizes }
}

/** What `write` appends. */
export function textOf(write: (out: ByteBuffer) => void): string {
  const out = new ByteBuffer(16)
  write(out)
  return Buffer.from(out.bytes.subarray(0, out.length)).toString('utf8')
}
