import type { Place } from './decide-place.ts'
import type { EventCounts } from './spool-events.ts'
import { type PartitionedUpload, rejectedIn, versionRefOf } from './upload-ledger.ts'

/*
 * Why an upload is held, as text for people; undefined where there is no such reason.
 */

/** What is wrong with the share of an upload's lines that are no events. */
export function quarantineShare(
  { readings, rejected, firstRejected }: EventCounts,
  maxShare: number,
): string | undefined {
  if (rejected === 0 || rejected / readings.count <= maxShare) return undefined
  const lines = `${rejected} of ${readings.count} lines are no events, at most ${maxShare * 100} % may be (limits.maxQuarantineShare)`
  return `${lines}; the first is ${firstRejected}`
}

export function commonLines({ ledger, certain }: Extract<Place, { kind: 'held' }>): string {
  const { key, seq } = versionRefOf(ledger)
  const before = `version ${seq} of ${key}, which goes on to count`
  return certain
    ? `it has lines in common with ${before}, and has not grown out of it`
    : `whether it has lines in common with ${before}, cannot be told: the slices of that are gone, or were made with other settings`
}

export function fewerEvents(
  { read, quarantined }: EventCounts,
  retires: readonly PartitionedUpload[],
): string | undefined {
  const events = read - rejectedIn(quarantined)
  const before = retires.reduce((sum, ledger) => sum + ledger.events.sliced, 0)
  if (events >= before) return undefined
  const versions = retires.map((ledger) => `version ${ledger.seq} of ${ledger.upload.key}`).join(', ')
  return `${events} events were found in it, ${before} when it was partitioned before (${versions}), which go on to count`
}
