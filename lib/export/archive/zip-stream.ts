import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ZipFile } from 'yazl'
import { DaysealError } from '../../errors.ts'

/** A file for a zip. */
export interface ZipEntry {
  /** Names with `/` between them. */
  readonly path: string
  readonly modified: Date
  /** Whether it is deflated: not what is compressed already. */
  readonly compress: boolean
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * A zip of the entries, in their order, with zip64 where it needs that. Each entry is asked for when the one before has been
 * read to its end. The same entries give the same bytes, in whatever time zone. Memory: the streams' buffers, a few hundred KiB, and about 300 bytes
 * per entry for the directory at the end.
 */
export async function* zipStream(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  // Few commands write zips: the others start without it.
  const yazl = await import('yazl')
  const zip = new yazl.ZipFile()
  const output = zip.outputStream
  if (!(output instanceof Readable)) throw new DaysealError('internal', 'yazl gives no readable stream')
  const fed = feed(zip, output, entries)
  // What stops the entries stops the zip, and the other way round.
  fed.catch((error: Error) => output.destroy(error))
  for await (const chunk of output) {
    if (!(chunk instanceof Uint8Array)) throw new DaysealError('internal', 'yazl gives something else than bytes')
    yield chunk
  }
  await fed
}

async function feed(zip: ZipFile, output: Readable, entries: AsyncIterable<ZipEntry>): Promise<void> {
  for await (const { path, modified, compress, chunks } of entries) {
    const source = Readable.from(chunks, { objectMode: false })
    const stop = () => source.destroy()
    if (output.destroyed) stop()
    output.once('close', stop)
    zip.addReadStream(source, path, { mtime: utc(modified), mode: 0o100644, compress })
    await finished(source)
    output.off('close', stop)
  }
  zip.end()
}

/** A zip's times are local times without a zone, and yazl asks the date for its local parts: these are given in UTC. */
function utc(date: Date): Date {
  return Object.assign(new Date(date), {
    getFullYear: () => date.getUTCFullYear(),
    getMonth: () => date.getUTCMonth(),
    getDate: () => date.getUTCDate(),
    getHours: () => date.getUTCHours(),
    getMinutes: () => date.getUTCMinutes(),
    getSeconds: () => date.getUTCSeconds(),
  })
}
