import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { DaysealError } from '../../errors.ts'
import { faultsAs } from '../../store/storage-fault.ts'

/** UTF-16 code units of lines that wait to be written. */
const MAX_WAITING = 2 ** 22
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Lines that were written together: rows of one sealed day, or of none. */
export interface SpoolBlock {
  readonly date: string | undefined
  readonly start: number
  readonly end: number
  /** Decompressed. */
  readonly size: number
}

/** Lines of JSON in a file. */
export interface Spool {
  /** Block after block, in order; each array is the reader's own. May be read again. */
  read(): AsyncGenerator<{ readonly date: string | undefined; readonly lines: Uint8Array }>
}

export interface SpoolWriter {
  /** Takes one line, without its end. A promise is to be awaited before the next one. */
  write(line: string, date: string | undefined): Promise<void> | undefined
  /** Nothing can be written after it. */
  finish(): Promise<Spool>
  /** Closes the file. */
  abort(): Promise<void>
}

/**
 * Writes lines to a compressed file in `folder`. Memory: one block: at most `blockRows` lines, 4 Mi characters and a line.
 * @throws DaysealError `storage`
 */
export async function createSpool(folder: string, blockRows: number): Promise<SpoolWriter> {
  const path = join(folder, 'rows.jsonl.zst')
  const file = await faulty(path, () => open(path, 'wx'))
  const blocks: SpoolBlock[] = []
  let waiting: string[] = []
  let length = 0
  let day: string | undefined
  let end = 0

  const flush = async () => {
    if (waiting.length === 0) return
    const lines = Buffer.from(`${waiting.join('\n')}\n`)
    const stored = zstdCompressSync(lines, ZSTD)
    waiting = []
    length = 0
    blocks.push({ date: day, start: end, end: end + stored.length, size: lines.length })
    end += stored.length
    await faulty(path, () => file.writeFile(stored))
  }
  return {
    write(line, date) {
      const last = date === day ? undefined : flush()
      day = date
      waiting.push(line)
      length += line.length
      return waiting.length < blockRows && length < MAX_WAITING ? last : (last?.then(flush) ?? flush())
    },
    async finish() {
      await flush()
      await faulty(path, () => file.close())
      return { read: () => readBlocks(path, blocks) }
    },
    abort: () => faulty(path, () => file.close()),
  }
}

async function* readBlocks(path: string, blocks: readonly SpoolBlock[]) {
  const file = await faulty(path, () => open(path))
  try {
    for (const { date, start, end, size } of blocks) {
      const stored = await faulty(path, () => readExactly(file, start, end))
      yield { date, lines: zstdDecompressSync(stored, { maxOutputLength: size }) }
    }
  } finally {
    await file.close()
  }
}

async function readExactly(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
  if (bytesRead === end - start) return buffer
  throw new DaysealError('storage', 'a scratch file was cut short while it was in use', {
    seen: `${bytesRead} bytes at ${start}`,
    wanted: String(end - start),
  })
}

function faulty<T>(path: string, act: () => Promise<T>): Promise<T> {
  return faultsAs(`cannot use the scratch file ${path}`, act)
}
