import { decompress } from '../archive/decompress.ts'
import { type OpenSource, readAhead } from '../archive/read-ahead.ts'
import type { SourceAccount } from '../convert/ledger.ts'
import { hashing, sha256 } from '../sha256.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { attempt } from './attempt.ts'
import type { QuarantineFile } from './quarantine-file.ts'
import { hashObject } from './stored-file.ts'
import { walkLines } from './walk-lines.ts'

/** A source line that became the row `row` of the day. */
export interface SourceRow {
  readonly row: number
  readonly key: string
  readonly line: number
  readonly bytes: Uint8Array
}

/** What a walk through a source found. */
export interface SourceCounts {
  readonly lines: number
  readonly blank: number
  /** Rejected lines that the quarantine has with another text. */
  readonly misquoted: readonly number[]
}

export type SourceOutcome = { readonly key: string } & (
  | ({ readonly kind: 'same' } & SourceCounts)
  | { readonly kind: 'changed'; readonly seen: string; readonly wanted: string }
  | { readonly kind: 'gone' }
  /** The bytes are those that were sealed, and yet they cannot be read as they were. */
  | { readonly kind: 'unreadable'; readonly message: string }
)

export interface SourceWalkOptions {
  readonly archive: ObjectStore
  readonly sources: readonly SourceAccount[]
  /** Whether a key can be the day's at all; others are not looked for. */
  readonly isSource: (key: string) => boolean
  /** The rows of the day that are wanted. */
  readonly wanted: ReadonlySet<number>
  /** Per hour its quarantine; undefined where it cannot be had. Hours without rejected lines are not in it. */
  readonly quarantines: ReadonlyMap<string, QuarantineFile | undefined>
  readonly maxExpandedBytes: number
  readonly onOutcome: (outcome: SourceOutcome) => void
  /** How many sources are done. */
  readonly onProgress: (done: number) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Reads and hashes every source once, in the order of the day's rows (hour, key, line), and gives the lines of the wanted
 * rows, ascending. Rows of a source that is gone or changed may be missing. Rejected lines are compared with the quarantine
 * on the way. Memory: one block, one line, and what is read ahead of the next sources (`readAhead`).
 */
export async function* walkSources(options: SourceWalkOptions): AsyncGenerator<SourceRow> {
  let firstRow = 0
  let done = 0
  for await (const opened of readAhead(inOrder(options.sources), (source) => openSource(options, source))) {
    options.signal?.throwIfAborted()
    yield* walkSource(options, opened, firstRow)
    options.onProgress(++done)
    firstRow += opened.source.rows_written
  }
}

interface OpenedSource extends OpenSource {
  readonly source: SourceAccount
  /** What the archive has under its key, once its blocks have been asked for. */
  present(): ObjectInfo | undefined
}

/**
 * Its blocks are the stored bytes, none where they cannot be those that were sealed. They are hashed after they were read
 * ahead, so that nothing that happens to them on the way can be missed.
 */
function openSource({ archive, isSource, signal }: SourceWalkOptions, source: SourceAccount): OpenedSource {
  const { key, bytes } = source
  let info: ObjectInfo | undefined
  async function* blocks() {
    info = isSource(key) ? await archive.head(key) : undefined
    if (info?.size === bytes) yield* archive.read(key, { etag: info.etag, ...(signal && { signal }) })
  }
  return { source, blocks: blocks(), present: () => info }
}

function inOrder(sources: readonly SourceAccount[]): readonly SourceAccount[] {
  return sources.toSorted((a, b) => {
    return a.hour < b.hour ? -1 : a.hour > b.hour ? 1 : Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
  })
}

async function* walkSource(
  options: SourceWalkOptions,
  { source, blocks, present }: OpenedSource,
  firstRow: number,
): AsyncGenerator<SourceRow> {
  const { archive, onOutcome, signal } = options
  const { key } = source
  const stored = hashing(blocks)
  const counts = { lines: 0, blank: 0, misquoted: [] }
  const error = yield* untilBroken(sourceRows(options, source, firstRow, stored.chunks, counts), signal)
  const info = present()
  if (info === undefined) return onOutcome({ key, kind: 'gone' })
  if (info.size !== source.bytes) {
    return onOutcome({ key, kind: 'changed', seen: `${info.size} bytes`, wanted: `${source.bytes} bytes` })
  }
  const seen = error === undefined ? stored.result().sha256 : await hashObject(archive, info, signal)
  if (seen !== source.sha256)
    onOutcome({ key, kind: 'changed', seen: `SHA-256 ${seen}`, wanted: `SHA-256 ${source.sha256}` })
  else if (error !== undefined) onOutcome({ key, kind: 'unreadable', message: error })
  else onOutcome({ key, kind: 'same', ...counts })
}

/** Yields until the source's bytes cannot be read on, and returns why. */
async function* untilBroken(
  rows: AsyncGenerator<SourceRow>,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceRow, string | undefined> {
  while (true) {
    const next = await attempt(() => rows.next(), signal)
    if (next.kind === 'broken') return next.message
    if (next.value.done === true) return undefined
    yield next.value.value
  }
}

async function* sourceRows(
  options: SourceWalkOptions,
  source: SourceAccount,
  firstRow: number,
  stored: AsyncIterable<Uint8Array>,
  counts: { lines: number; blank: number; misquoted: number[] },
): AsyncGenerator<SourceRow> {
  const { wanted, maxExpandedBytes, signal } = options
  const file = options.quarantines.get(source.hour)
  const rejected = source.rows_quarantined === 0 ? new Map<number, string | undefined>() : file?.lines.get(source.key)
  let row = firstRow
  const blocks = decompress(stored, { key: source.key, maxExpandedBytes, ...(signal && { signal }) })
  const walk = {
    keep: (number: number) => {
      if (rejected?.has(number)) return rejected.get(number) !== undefined
      return rejected !== undefined && wanted.has(row)
    },
    pass: (number: number, blank: boolean) => {
      counts.lines++
      if (blank) counts.blank++
      else if (rejected?.has(number) !== true) row++
    },
  }
  for await (const { number, bytes } of walkLines(blocks, walk)) {
    const text = rejected?.get(number)
    if (text !== undefined) {
      if (text !== sha256(bytes)) counts.misquoted.push(number)
      continue
    }
    // The line was passed: its row is the one before.
    yield { row: row - 1, key: source.key, line: number, bytes }
  }
}
