import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { sha256Hex } from '../convert/ledger.ts'
import { count, datasetName, date, hour, instant, name, objectKey, prose } from './fields.ts'

/**
 * S3's `sequencer` of an event, hexadecimal. S3 orders the events of one key by it: pad the shorter with zeros on the
 * right, then compare as text (Amazon S3 User Guide, "Event message structure"). Without the zeros at the end and in
 * upper case, the order of the text is that order.
 */
export const sequencer = z
  .string()
  .max(256)
  .regex(/^[0-9A-Fa-f]+$/, 'hexadecimal digits')
  .transform((text) => text.toUpperCase().replace(/0+$/, '') || '0')

const identity = {
  dataset: datasetName,
  date,
  hour,
  key: objectKey,
  /** Of the event that told of it; null for what was found by listing, or told by a store without sequencers. */
  sequencer: sequencer.nullable(),
  updated: instant,
}
const object = {
  ...identity,
  /** As the store gives it. */
  etag: name(1024),
  bytes: count,
}

/** What is known of one object of the archive. A hint, never the truth: that is the listing and the ledgers. */
export const sourceRecord = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('arrived'), ...object }),
  z.strictObject({
    state: z.literal('converted'),
    ...object,
    /** Null for an hour without rows. */
    part_sha256: sha256Hex.nullable(),
  }),
  z.strictObject({ state: z.literal('failed'), ...object, error: prose(2000) }),
  z.strictObject({ state: z.literal('deleted'), ...identity }),
])

export type SourceRecord = Readonly<z.infer<typeof sourceRecord>>

const RANK: Readonly<Record<SourceRecord['state'], number>> = { arrived: 0, failed: 1, converted: 2, deleted: 3 }

export type SourceDecision =
  | { readonly kind: 'recorded'; readonly next: SourceRecord }
  /** It tells of a state of the object before the one that is known. */
  | { readonly kind: 'older' }
  /** It tells nothing that is not known. */
  | { readonly kind: 'repeated' }

/**
 * What becomes of `present` when `told` comes. Nothing goes backwards: an event that is older by its sequencer changes
 * nothing, and for one state of the object `arrived` is followed by `failed` or `converted`, `failed` by `converted`.
 * What is told a second time with other facts (another error, another part of the same object) counts when it is later.
 *
 * What has no sequencer is of the present state when its etag is the same, and otherwise older than any event: whoever
 * tells it saw another object than S3 announced, whose own event is still to come. Where nobody has sequencers, the
 * later `updated` counts.
 */
export function nextSource(present: SourceRecord | undefined, told: SourceRecord): SourceDecision {
  if (present === undefined) return { kind: 'recorded', next: told }
  const order = compareStates(present, told)
  if (order < 0) return { kind: 'older' }
  if (order > 0) return { kind: 'recorded', next: told }
  const next = { ...told, sequencer: told.sequencer ?? present.sequencer }
  const isNews = RANK[next.state] === RANK[present.state] && next.updated > present.updated && !sameFacts(present, next)
  return RANK[next.state] > RANK[present.state] || isNews ? { kind: 'recorded', next } : { kind: 'repeated' }
}

/** Below 0 when `told` is of an older state of the object than `present`, 0 when they are of the same. */
function compareStates(present: SourceRecord, told: SourceRecord): number {
  if (present.sequencer !== null && told.sequencer !== null) return compareText(told.sequencer, present.sequencer)
  if (etagOf(present) === etagOf(told)) return 0
  if (present.sequencer === null && told.sequencer === null) return compareText(told.updated, present.updated)
  return told.sequencer === null ? -1 : 1
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function etagOf(source: SourceRecord): string | undefined {
  return source.state === 'deleted' ? undefined : source.etag
}

function sameFacts(a: SourceRecord, b: SourceRecord): boolean {
  return isDeepStrictEqual({ ...a, updated: '' }, { ...b, updated: '' })
}
