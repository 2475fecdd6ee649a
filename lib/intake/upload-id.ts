import { createHash } from 'node:crypto'

/** What an upload's slices are made of: the same facts give the same id, and the same slices. */
export interface UploadFacts {
  /** SHA-256 of the content. */
  readonly contentSha256: string
  /** SHA-256 of the settings that shape slices. */
  readonly settingsSha256: string
  /**
   * How many events were quarantined because they are later than the upload may know. The time of arrival decides it, and
   * through this number alone it is in the id: two arrivals that leave out as many leave out the same.
   */
  readonly tooLate: number
  /** Of an upload that is told by its name as well: its key. */
  readonly key: string | undefined
  /** Of events whose time is that of the arrival: when the upload was put, milliseconds since the epoch. */
  readonly arrival: number | undefined
  /** Where in the content the slices begin, in bytes. */
  readonly from: number
}

/**
 * An upload's id, in the names of its slices: 32 hex digits. An id that was retired stays so: when the same facts come back,
 * they get that of the next `time`, from 0.
 */
export function uploadId(facts: UploadFacts, time = 0): string {
  const { contentSha256, settingsSha256, tooLate, key, arrival, from } = facts
  const first = [contentSha256, settingsSha256, tooLate, key ?? null, arrival ?? null]
  return digits(JSON.stringify(time === 0 && from === 0 ? first : [...first, from, time]), 32)
}

/** Stands for an upload's key where it cannot be part of a name: 32 hex digits. */
export function nameHash(key: string): string {
  return digits(key, 32)
}

/** Stands for an object's etag: 16 hex digits. */
export function etagHash(etag: string): string {
  return digits(etag, 16)
}

function digits(text: string, count: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, count)
}
