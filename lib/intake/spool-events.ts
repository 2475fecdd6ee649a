import type { Limits } from '../config.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { quarantineLine } from './quarantine-record.ts'
import type { EventReader, Reading, RejectReason } from './reading.ts'
import type { SliceSpool } from './slice-spool.ts'
import type { Sorted } from './sort-events.ts'
import { entriesOf } from './upload-content.ts'

/** The quarantine's name in a spool; slices are called `YYYY-MM-DD/HH` there. */
export const SPOOLED_QUARANTINE = 'quarantine'

/** What was in an upload. */
export interface EventCounts {
  readonly read: number
  readonly blank: number
  readonly quarantined: Readonly<Partial<Record<RejectReason, number>>>
  /** Of those that are quarantined: later than the upload may know. */
  readonly tooLate: number
}

export interface SpoolSource {
  readonly store: ObjectStore
  readonly info: ObjectInfo
  readonly reader: EventReader
  readonly sort: (reading: Reading) => Sorted
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
}

/**
 * Reads an upload to its end, and spools every event by its hour and what cannot be one.
 * @throws DaysealError `source` when the upload as a whole cannot be read
 */
export async function spoolEvents(source: SpoolSource, spool: SliceSpool): Promise<EventCounts> {
  const { sort, signal } = source
  const quarantined = new Map<RejectReason, number>()
  const blank = { lines: 0 }
  let read = 0
  let tooLate = 0
  for await (const batch of readings(source, blank)) {
    signal?.throwIfAborted()
    for (const reading of batch) {
      const sorted = sort(reading)
      const isFirst = reading.kind === 'event' || reading.part === 1
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
  }
  return { read, blank: blank.lines, quarantined: Object.fromEntries(quarantined), tooLate }
}

async function* readings(
  { store, info, reader, limits, signal }: SpoolSource,
  blank: { lines: number },
): AsyncGenerator<readonly Reading[], void, void> {
  for await (const { entry, content } of entriesOf(store, info, limits, signal)) {
    blank.lines += (yield* reader.read(content, entry, limits)).blank
  }
}
