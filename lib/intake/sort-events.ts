import type { ArchiveHour } from '../archive/layout.ts'
import { DaysealError } from '../errors.ts'
import { eventTimeReader } from './event-time.ts'
import type { QuarantineRecord } from './quarantine-record.ts'
import type { Reading, UploadEvent } from './reading.ts'
import type { UploadSettings } from './settings.ts'

/** Hours that an upload may have events of: more than two years. */
const MOST_HOURS = 20_000

const HOUR_MICROS = 3_600_000_000n

/** Where an event goes. */
export type Sorted =
  | { readonly kind: 'hour'; readonly hour: ArchiveHour }
  | { readonly kind: 'quarantine'; readonly record: QuarantineRecord; readonly isTooLate: boolean }

/**
 * Tells for each reading of an upload which hour of the archive it belongs to, by the time of the event in UTC. `modified`:
 * when the upload was put, milliseconds since the epoch.
 * @throws DaysealError `source` for the first event of an hour too many
 */
export function eventSorter(
  uploadKey: string,
  settings: UploadSettings,
  modified: number,
): (reading: Reading) => Sorted {
  const { timestamp, firstDay, futureHours } = settings
  const timeOf = timestamp === 'arrival' ? undefined : eventTimeReader(timestamp)
  const arrival = BigInt(Math.floor(modified)) * 1000n
  const first = BigInt(Date.parse(firstDay)) * 1000n
  const last = arrival + BigInt(Math.round(futureHours * 3_600_000)) * 1000n
  const hours = new Map<number, ArchiveHour>()

  function hourOf(micros: bigint): ArchiveHour {
    const index = Number((micros - (((micros % HOUR_MICROS) + HOUR_MICROS) % HOUR_MICROS)) / HOUR_MICROS)
    const known = hours.get(index)
    if (known !== undefined) return known
    if (hours.size === MOST_HOURS) throw tooManyHours(uploadKey)
    const text = new Date(index * 3_600_000).toISOString()
    const hour = { date: text.slice(0, 10), hour: text.slice(11, 13) }
    hours.set(index, hour)
    return hour
  }

  /** `detail` says nothing of the arrival: the quarantine is that of the content. */
  function sortByTime(event: UploadEvent, micros: bigint): Sorted {
    if (micros >= first && micros <= last) return { kind: 'hour', hour: hourOf(micros) }
    const isTooLate = micros > last
    const why = isTooLate ? 'too long after the upload was put' : `before ${firstDay}`
    return rejectedEvent(event, 'outside_window', `${shownTime(micros)} is ${why}`, isTooLate)
  }

  return (reading) => {
    if (reading.kind === 'rejected') return { kind: 'quarantine', record: reading, isTooLate: false }
    if (timeOf === undefined || timestamp === 'arrival') return sortByTime(reading, arrival)
    const time = timeOf(reading)
    if (time.kind === 'time') return sortByTime(reading, time.micros)
    if (time.kind === 'missing') return rejectedEvent(reading, 'no_timestamp', `nothing at ${timestamp.path}`, false)
    return rejectedEvent(reading, 'impossible_timestamp', `${time.seen} at ${timestamp.path} is no time`, false)
  }
}

function rejectedEvent(
  { json, position }: UploadEvent,
  reason: QuarantineRecord['reason'],
  detail: string,
  isTooLate: boolean,
): Sorted {
  return { kind: 'quarantine', record: { reason, detail, text: json, part: 1, position }, isTooLate }
}

function shownTime(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString()
}

function tooManyHours(uploadKey: string): DaysealError {
  return new DaysealError('source', `${uploadKey} has events of too many hours`, {
    seen: `more than ${MOST_HOURS}`,
    wanted: `at most ${MOST_HOURS} for one upload`,
    hint: 'split it, or correct uploads.timestamp if its events are of fewer hours',
  })
}
