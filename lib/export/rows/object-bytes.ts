import { freeBytes } from '../../free-bytes.ts'
import type { FileBytes } from '../../parquet/read.ts'
import { corrupt } from '../../parquet/read-tree.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'

/** Bytes between two wanted ranges that are read along, because a request costs more. */
const MAX_GAP = 64 * 1024
/** Ranges are read together up to so many bytes. */
const MAX_RUN = 8 * 2 ** 20

export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** An object as a file, pinned to one state of it. Each read is a request for just its bytes. */
export function objectBytes(store: ObjectStore, info: ObjectInfo, signal: AbortSignal | undefined): FileBytes {
  const { key, etag, size } = info
  return {
    size,
    async read(start, end) {
      signal?.throwIfAborted()
      const bytes = new Uint8Array(end - start)
      let length = 0
      for await (const piece of store.read(key, { start, end, etag, ...(signal && { signal }) })) {
        if (length + piece.length <= bytes.length) bytes.set(piece, length)
        length += piece.length
        freeBytes(piece)
      }
      if (length !== bytes.length) throw corrupt(`${key} has other bytes`, `${length} bytes`, `${bytes.length}`)
      return bytes
    },
  }
}

/**
 * The same file, in which ranges that lie side by side are read at once, when the first of them is asked for. Memory: the
 * last such run, at most 8 MiB or one range.
 */
export function inRuns(file: FileBytes, ranges: readonly ByteRange[]): FileBytes {
  const runs = runsOf(ranges)
  let held: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() }
  return {
    size: file.size,
    async read(start, end) {
      if (start < held.start || end > held.start + held.bytes.length) {
        const run = runs.find((range) => range.start <= start && end <= range.end)
        if (run === undefined) return file.read(start, end)
        held = { start: run.start, bytes: await file.read(run.start, run.end) }
      }
      return held.bytes.subarray(start - held.start, end - held.start)
    },
  }
}

function runsOf(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const runs: ByteRange[] = []
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = runs.at(-1)
    if (last !== undefined && start - last.end <= MAX_GAP && end - last.start <= MAX_RUN) {
      runs[runs.length - 1] = { start: last.start, end: Math.max(last.end, end) }
    } else {
      runs.push({ start, end })
    }
  }
  return runs
}
