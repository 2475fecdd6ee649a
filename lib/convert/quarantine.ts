import { gzipSync } from 'node:zlib'
import type { Line } from '../shred/lines.ts'
import type { RejectReason } from '../shred/reject.ts'
import { hashingSink } from '../store/hashing-sink.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Ledger } from './ledger.ts'

/** Text of this size becomes one gzip member. */
const MEMBER_BYTES = 2 ** 20

export interface Quarantine {
  /** Takes a line that could not become a row, or a piece of one. Flush soon: records wait in memory. */
  add(source: string, line: Line, reason: RejectReason, detail: string): void
  /** Writes out what waits, once it is worth a gzip member. */
  flush(): Promise<void>
  /** Ends the file, and says what is in it; null when there was no line. Nothing can be added then. */
  finish(): Promise<Ledger['quarantine']>
  /** Makes the file visible; without a line there is none, and one that is there goes. */
  commit(): Promise<void>
  abort(): Promise<void>
}

/**
 * `HH.jsonl.gz` in the quarantine: per rejected line one JSON record that holds it verbatim (`text`, or `base64` where it
 * is not UTF-8) with its key, line number, byte offset, length and reason. A line beyond the length limit takes several
 * records, numbered by `part`, the last of which has `last`.
 */
export function createQuarantine(out: ObjectStore, key: string): Quarantine {
  let sink: ReturnType<typeof hashingSink> | undefined
  let waiting: string[] = []
  let waitingLength = 0
  let lines = 0

  const write = async () => {
    if (waiting.length === 0) return
    const member = gzipSync(waiting.join(''))
    waiting = []
    waitingLength = 0
    sink ??= hashingSink(await out.write(key))
    await sink.write(member)
  }
  return {
    add(source, line, reason, detail) {
      const record = `${JSON.stringify(recordOf(source, line, reason, detail))}\n`
      waiting.push(record)
      waitingLength += record.length
      if (line.piece === undefined || line.piece.part === 1) lines++
    },
    async flush() {
      if (waitingLength >= MEMBER_BYTES) await write()
    },
    async finish() {
      await write()
      return sink === undefined ? null : { key, ...sink.digest(), lines }
    },
    async commit() {
      if (sink === undefined) await out.delete(key)
      else await sink.commit()
    },
    async abort() {
      waiting = []
      await sink?.abort()
    },
  }
}

function recordOf(key: string, line: Line, reason: RejectReason, detail: string): object {
  const bytes = Buffer.from(line.bytes.buffer, line.bytes.byteOffset + line.start, line.end - line.start)
  const { number, offset, piece } = line
  return {
    key,
    line: number,
    offset,
    bytes: bytes.length,
    reason,
    detail,
    ...(piece === undefined ? {} : piece.last ? { part: piece.part, last: true } : { part: piece.part }),
    ...(line.utf8 ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') }),
  }
}
