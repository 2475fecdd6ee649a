import { createHash } from 'node:crypto'

/** What an upload's slices are made of: the same facts give the same id, and the same slices. */
export interface UploadFacts {
  /** SHA-256 of the stored bytes. */
  readonly contentSha256: string
  /** SHA-256 of the settings that shape slices. */
  readonly settingsSha256: string
  /**
   * How many events were quarantined because they are later than the upload may know. The time of arrival decides it, and
   * through this number alone it is in the id: two arrivals that leave out as many leave out the same.
   */
  readonly tooLate: number
  /** Of events whose time is that of the arrival: the upload's key, and when it was put, milliseconds since the epoch. */
  readonly arrival: { readonly key: string; readonly modified: number } | undefined
}

/** An upload's id, in the names of its slices: 32 hex digits. */
export function uploadId({ contentSha256, settingsSha256, tooLate, arrival }: UploadFacts): string {
  const facts = [contentSha256, settingsSha256, tooLate, arrival?.key ?? null, arrival?.modified ?? null]
  return digits(JSON.stringify(facts), 32)
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
