import { decompress } from '../archive/decompress.ts'
import type { OpenSource } from '../archive/read-ahead.ts'
import type { Limits } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { hashing } from '../sha256.ts'
import { type Line, LineSplitter } from '../shred/lines.ts'
import { Reject } from '../shred/reject.ts'
import type { Shredder } from '../shred/shredder.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import type { SourceAccount } from './ledger.ts'
import type { Quarantine } from './quarantine.ts'

/** A source object that is being read. */
export interface StoredSource extends OpenSource {
  readonly source: ObjectInfo
  /** Its stored bytes, once all blocks have been read. */
  stored(): Pick<SourceAccount, 'sha256' | 'bytes'>
}

export interface SourceReading extends StoredSource {
  readonly hour: string
  readonly limits: Limits
  readonly shredder: Shredder
  readonly quarantine: Quarantine
  readonly writeRowGroup: () => Promise<void>
}

/** Begins nothing before the blocks are asked for. */
export function openSource(
  archive: ObjectStore,
  source: ObjectInfo,
  { maxExpandedBytes }: Limits,
  signal: AbortSignal | undefined,
): StoredSource {
  const { key, etag } = source
  const pinned = signal === undefined ? {} : { signal }
  const stored = hashing(archive.read(key, { etag, ...pinned }))
  return {
    source,
    blocks: decompress(stored.chunks, { key, maxExpandedBytes, ...pinned }),
    stored: () => stored.result(),
  }
}

/** Reads one source object to its end and accounts for every line of it. */
export async function readSource(reading: SourceReading): Promise<SourceAccount> {
  const { source, blocks, stored, limits } = reading
  const counts = { lines_read: 0, blank: 0, rows_written: 0, rows_quarantined: 0 }
  const splitter = new LineSplitter(limits.maxLineBytes)
  for await (const block of blocks) {
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      await takeLine(line, reading, counts)
      await takeRows(splitter, reading, counts)
    }
  }
  const last = splitter.end()
  if (last !== undefined) await takeLine(last, reading, counts)
  const { sha256, bytes } = stored()
  return { key: source.key, hour: reading.hour, etag: source.etag, bytes, sha256, ...counts }
}

/** Takes the lines that are plainly rows, up to the next one that is not: most lines of most objects. */
async function takeRows(splitter: LineSplitter, reading: SourceReading, counts: Counts): Promise<void> {
  const { shredder, limits } = reading
  for (let lines = splitter.wholeLines(); lines !== undefined; lines = splitter.wholeLines()) {
    const { rows, end } = shredder.rows(lines, limits.maxLineBytes)
    if (rows === 0) return
    splitter.pass(rows, end)
    counts.lines_read += rows
    counts.rows_written += rows
    if (shredder.rowGroupFull) await reading.writeRowGroup()
  }
}

type Counts = Pick<SourceAccount, 'lines_read' | 'blank' | 'rows_written' | 'rows_quarantined'>

async function takeLine(line: Line, reading: SourceReading, counts: Counts): Promise<void> {
  const { shredder, quarantine, source, limits } = reading
  if (line.piece === undefined || line.piece.part === 1) counts.lines_read++
  if (line.piece === undefined && isBlank(line)) {
    counts.blank++
    return
  }
  const reject = rejectOf(line, shredder, limits)
  if (reject !== undefined) {
    if (line.piece === undefined || line.piece.part === 1) counts.rows_quarantined++
    quarantine.add(source.key, line, reject.reason, reject.detail)
    return quarantine.flush()
  }
  counts.rows_written++
  if (shredder.rowGroupFull) await reading.writeRowGroup()
}

function rejectOf(line: Line, shredder: Shredder, limits: Limits): Reject | undefined {
  if (line.piece !== undefined) return new Reject('too_long', `longer than ${limits.maxLineBytes} bytes`)
  if (!line.utf8) return new Reject('not_utf8', 'bytes that are not UTF-8')
  return shredder.line(line.bytes, line.start, line.end)
}

/** Nothing but the white space of JSON. */
function isBlank({ bytes, start, end }: Line): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  }
  return true
}

/** @throws DaysealError `source` when too many of an hour's lines were quarantined. */
export function refuseQuarantineShare(hour: string, accounts: readonly SourceAccount[], maxShare: number): void {
  const quarantined = accounts.reduce((sum, account) => sum + account.rows_quarantined, 0)
  const lines = quarantined + accounts.reduce((sum, account) => sum + account.rows_written, 0)
  if (quarantined === 0 || quarantined / lines <= maxShare) return
  const worst = accounts.filter((account) => account.rows_quarantined > 0).map((account) => account.key)
  throw new DaysealError('source', `${hour}: too many lines cannot become rows`, {
    seen: `${quarantined} of ${lines} lines, in ${worst.slice(0, 3).join(', ')}${worst.length > 3 ? ', …' : ''}`,
    wanted: `at most ${maxShare * 100} % (limits.maxQuarantineShare)`,
    hint: 'mend the producer, or raise the limit to quarantine them and go on',
  })
}
