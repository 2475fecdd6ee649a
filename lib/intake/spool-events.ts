import { createHash } from 'node:crypto'
import type { Limits } from '../config.ts'
import { quarantineLine } from './quarantine-record.ts'
import type { EventReader, Reading, RejectReason } from './reading.ts'
import type { SliceSpool } from './slice-spool.ts'
import type { Sorted } from './sort-events.ts'
import type { UploadEntry } from './upload-content.ts'

/** The quarantine's name in a spool; slices are called `YYYY-MM-DD/HH` there. */
export const SPOOLED_QUARANTINE = 'quarantine'

/** How far the readings of a content go. */
export interface Readings {
  /** Events and what could not be one; blank lines are neither. */
  readonly count: number
  /** SHA-256 of the last of them; null without any. */
  readonly last: string | null
}

/** What was accounted for ends within a line that is too long for one: nothing goes on from there. */
const WITHIN_A_LINE: Readings = { count: -1, last: null }

/** What was in an upload. */
export interface EventCounts {
  /** From `from` on: all of it that is spooled. */
  readonly read: number
  readonly quarantined: Readonly<Partial<Record<RejectReason, number>>>
  /** Of those that are quarantined: later than the upload may know. */
  readonly tooLate: number
  /** Of the whole content. */
  readonly blank: number
  readonly readings: Readings
  /** Of the whole content: how many readings are no event, and the first of them. */
  readonly rejected: number
  readonly firstRejected: string | undefined
  /** Of what begins before `from`. */
  readonly before: Readings
  /** The text of the last reading, if it is none of an event. */
  readonly lastRejected: Uint8Array | undefined
}

export interface SpoolSource {
  readonly entries: AsyncIterable<UploadEntry>
  readonly reader: EventReader
  readonly sort: (reading: Reading) => Sorted
  readonly limits: Limits
  /** What begins before this byte is read, and not spooled: another upload accounts for it. */
  readonly from: number
  readonly signal: AbortSignal | undefined
}

/**
 * Reads an upload to its end, and spools every event by its hour and what cannot be one.
 * @throws DaysealError `source` when the upload as a whole cannot be read
 */
export async function spoolEvents(source: SpoolSource, spool: SliceSpool): Promise<EventCounts> {
  const { sort, from, signal } = source
  const quarantined = new Map<RejectReason, number>()
  const blank = { lines: 0 }
  let read = 0
  let tooLate = 0
  let count = 0
  let rejected = 0
  let firstRejected: string | undefined
  let last: Reading | undefined
  let before: Readings | undefined
  for await (const batch of readings(source, blank)) {
    signal?.throwIfAborted()
    for (const reading of batch) {
      const isFirst = reading.kind === 'event' || reading.part === 1
      if (before === undefined && reading.position.byte >= from)
        before = isFirst ? { count, last: hashOf(last) } : WITHIN_A_LINE
      last = reading
      const sorted = sort(reading)
      if (isFirst) count++
      if (isFirst && sorted.kind === 'quarantine') {
        rejected++
        firstRejected ??= shown(sorted.record)
      }
      if (before === undefined) continue
      if (isFirst) read++
      let room: Promise<void> | undefined
      if (sorted.kind === 'hour' && reading.kind === 'event') {
        room = spool.add(`${sorted.hour.date}/${sorted.hour.hour}`, reading.json)
      } else if (sorted.kind === 'quarantine') {
        const { reason } = sorted.record
        if (isFirst) quarantined.set(reason, (quarantined.get(reason) ?? 0) + 1)
        if (sorted.isTooLate) tooLate++
        room = spool.add(SPOOLED_QUARANTINE, quarantineLine(sorted.record))
      }
      if (room !== undefined) await room
    }
    // A reading is good until the next batch.
    last = last && kept(last)
  }
  const all = { count, last: hashOf(last) }
  return {
    read,
    quarantined: Object.fromEntries(quarantined),
    tooLate,
    blank: blank.lines,
    readings: all,
    rejected,
    firstRejected,
    before: before ?? all,
    lastRejected: last?.kind === 'rejected' ? last.text : undefined,
  }
}

function kept(reading: Reading): Reading {
  return reading.kind === 'event'
    ? { ...reading, json: Buffer.from(reading.json) }
    : { ...reading, text: Buffer.from(reading.text) }
}

function hashOf(reading: Reading | undefined): string | null {
  if (reading === undefined) return null
  const [what, bytes] = reading.kind === 'event' ? ['event', reading.json] : [reading.reason, reading.text]
  return createHash('sha256').update(`${what}:`).update(bytes).digest('hex')
}

/** Bytes of a rejected text that are shown. */
const SHOWN = 80

function shown({ reason, detail, text, position: { entry, line } }: Extract<Sorted, { kind: 'quarantine' }>['record']) {
  const place = entry === undefined ? `line ${line}` : `line ${line} of ${JSON.stringify(entry)}`
  const bytes = Buffer.from(text.buffer, text.byteOffset, Math.min(text.byteLength, SHOWN))
  return `${place}, ${reason}: ${detail}: ${JSON.stringify(bytes.toString('utf8'))}${text.byteLength > SHOWN ? '…' : ''}`
}

async function* readings(
  { entries, reader, limits }: SpoolSource,
  blank: { lines: number },
): AsyncGenerator<readonly Reading[], void, void> {
  for await (const { entry, content } of entries) {
    blank.lines += (yield* reader.read(content, entry, limits)).blank
  }
}
