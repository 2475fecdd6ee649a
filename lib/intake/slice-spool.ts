import { open, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { freeBytes } from '../free-bytes.ts'
import { compareKeys } from '../store/key.ts'
import { faultsAs } from '../store/storage-fault.ts'
import { LineBuffer } from './line-buffer.ts'

/** Lines for many files at once, spooled until all are known. */
export interface SliceSpool {
  /** Adds a line to a file. A promise must be awaited before the next line; without one there was room. */
  add(file: string, line: Uint8Array): Promise<void> | undefined
  /** Files that have lines. */
  readonly size: number
  /** Ends the adding: every file that has lines, in key order. */
  finish(): Promise<readonly SpooledFile[]>
  /** A file's bytes: gzip members. A chunk is the reader's own. */
  read(file: SpooledFile): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface SpooledFile {
  readonly name: string
  readonly lines: number
  /** Where its gzip members are in the spool. */
  readonly members: readonly Stretch[]
}

interface Stretch {
  readonly offset: number
  readonly length: number
}

export interface SpoolOptions {
  /** A file that is only for this spool, and has no name once it is open: nothing stays of a process that is killed. */
  readonly path: string
  /** Bytes of lines in memory. */
  readonly budget: number
}

interface OpenFile {
  readonly buffer: LineBuffer
  readonly members: Stretch[]
  lines: number
}

/** Members that are compressed at the same time, on threads of Node's pool. */
const AT_ONCE = 4

const compress = promisify(gzip)

/** zlib makes its output in pieces of `chunkSize`, and takes as much memory for the smallest member. */
function compressed(bytes: Uint8Array): Promise<Uint8Array> {
  return compress(bytes, { chunkSize: Math.min(2 ** 18, Math.max(2 ** 10, bytes.length >>> 1)) })
}

/**
 * Spools lines on disk, in one file. Lines wait in memory; once these are half of `budget`, the fullest files become gzip
 * members, until half of what waited is gone, while more lines come. So where members end depends on the lines and their
 * order alone.
 *
 * Memory: `budget`, one line, four members, and some 100 bytes per file and per member.
 * @throws DaysealError `storage`
 */
export async function openSliceSpool({ path, budget }: SpoolOptions): Promise<SliceSpool> {
  const faults = <T>(act: () => Promise<T>) => faultsAs('the scratch file of the slices failed', act)
  const disk = await faults(() => open(path, 'wx+'))
  await faults(() => unlink(path))
  const files = new Map<string, OpenFile>()
  let held = 0
  let written = 0
  let flushing: Promise<void> = Promise.resolve()

  async function append(bytes: Uint8Array): Promise<Stretch> {
    const offset = written
    for (let at = 0; at < bytes.length; ) {
      at += (await disk.write(bytes, at, bytes.length - at, offset + at)).bytesWritten
    }
    written += bytes.length
    return { offset, length: bytes.length }
  }

  /** Members lie in the spool, and in `members`, in the order of `waiting`. */
  async function spool(waiting: readonly Waiting[]): Promise<void> {
    for (let first = 0; first < waiting.length; first += AT_ONCE) {
      const batch = waiting.slice(first, first + AT_ONCE)
      const packed = await Promise.all(batch.map(({ lines }) => compressed(lines)))
      for (const [i, { members, lines }] of batch.entries()) {
        members.push(await append(packed[i]!))
        freeBytes(new Uint8Array(lines.buffer))
      }
    }
  }

  /** Takes the fullest buffers until no more than `rest` bytes wait. */
  function takeFullest(rest: number): readonly Waiting[] {
    const fullest = [...files]
      .filter(([, { buffer }]) => buffer.held > 0)
      .sort(([a, x], [b, y]) => y.buffer.held - x.buffer.held || compareKeys(a, b))
    const taken: Waiting[] = []
    for (const [, { buffer, members }] of fullest) {
      if (held <= rest) break
      held -= buffer.held
      taken.push({ lines: buffer.take(), members })
    }
    return taken
  }

  async function flush(rest: number): Promise<void> {
    const waiting = takeFullest(rest)
    await flushing
    flushing = spool(waiting)
    // Whoever awaits it next sees the failure.
    flushing.catch(() => undefined)
  }

  return {
    add(name, line) {
      let file = files.get(name)
      if (file === undefined) {
        file = { buffer: new LineBuffer(), members: [], lines: 0 }
        files.set(name, file)
      }
      held -= file.buffer.held
      file.buffer.add(line)
      file.lines++
      held += file.buffer.held
      return held > budget / 2 ? faults(() => flush(budget / 4)) : undefined
    },
    get size() {
      return files.size
    },
    async finish() {
      await faults(async () => {
        await flush(0)
        await flushing
      })
      return [...files]
        .map(([name, { lines, members }]) => ({ name, lines, members }))
        .sort((a, b) => compareKeys(a.name, b.name))
    },
    async *read({ members }) {
      for (const { offset, length } of members) {
        const bytes = Buffer.allocUnsafeSlow(length)
        for (let at = 0; at < length; ) {
          const { bytesRead } = await faults(() => disk.read(bytes, at, length - at, offset + at))
          if (bytesRead === 0) throw new Error('the scratch file of the slices is shorter than it was')
          at += bytesRead
        }
        yield bytes
      }
    },
    async close() {
      await Promise.allSettled([flushing])
      await disk.close()
    },
  }
}

interface Waiting {
  readonly lines: Uint8Array
  readonly members: Stretch[]
}
