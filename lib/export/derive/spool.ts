import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { DaysealError } from '../../errors.ts'
import { freeBytes } from '../../free-bytes.ts'
import { faultsAs } from '../../store/storage-fault.ts'

/** A block is written once its lines have so many bytes. */
const BLOCK_BYTES = 2 ** 21
/** Most bytes of UTF-8 for a UTF-16 unit. */
const MAX_UTF8 = 3
const NEWLINE = 0x0a
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
  /** Block after block, in order; each is good until the next one is asked for. May be read again. */
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
 * Writes lines to a compressed file in `folder`. Memory: one block: at most `blockRows` lines, and 4 MiB or four times the longest line.
 * @throws DaysealError `storage`
 */
export async function createSpool(folder: string, blockRows: number): Promise<SpoolWriter> {
  const path = join(folder, 'rows.jsonl.zst')
  const file = await faulty(path, () => open(path, 'wx'))
  const blocks: SpoolBlock[] = []
  let waiting = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES)
  let length = 0
  let rows = 0
  let day: string | undefined
  let end = 0

  const flush = async () => {
    if (rows === 0) return
    const stored = zstdCompressSync(waiting.subarray(0, length), ZSTD)
    blocks.push({ date: day, start: end, end: end + stored.length, size: length })
    end += stored.length
    length = 0
    rows = 0
    await faulty(path, () => file.writeFile(stored))
    freeBytes(stored)
  }
  const add = (line: string) => {
    const most = length + line.length * MAX_UTF8 + 1
    if (most > waiting.length) {
      const more = Buffer.allocUnsafeSlow(most)
      waiting.copy(more, 0, 0, length)
      waiting = more
    }
    length += waiting.write(line, length)
    waiting[length++] = NEWLINE
    rows++
  }
  return {
    write(line, date) {
      const last = date === day ? undefined : flush()
      day = date
      add(line)
      return rows < blockRows && length < BLOCK_BYTES ? last : (last?.then(flush) ?? flush())
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
      const lines = zstdDecompressSync(stored, { maxOutputLength: size })
      freeBytes(stored)
      yield { date, lines }
      freeBytes(lines)
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
