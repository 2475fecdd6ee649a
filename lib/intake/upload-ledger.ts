import * as z from 'zod'
import { canonicalJson } from '../canonical-json.ts'
import { DaysealError } from '../errors.ts'
import { parseJson } from '../parse-json.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { RejectReason } from './reading.ts'

const REASONS = [
  'not_json',
  'not_object',
  'not_utf8',
  'too_long',
  'too_deep',
  'fields',
  'type',
  'no_match',
  'ambiguous',
  'no_timestamp',
  'impossible_timestamp',
  'outside_window',
] as const satisfies readonly RejectReason[]

const RELATIONS = ['new', 'same', 'contained', 'grown', 'again', 'replaces', 'beside'] as const

/**
 * - `lines-in-common`: with what its name was before, without having grown out of it
 * - `fewer-events`: than the versions whose place it would take
 * - `quarantine-share`: more of its lines than `limits.maxQuarantineShare` are no events
 */
const HOLD_CAUSES = ['lines-in-common', 'fewer-events', 'quarantine-share'] as const

const count = z.int().nonnegative()
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
const hour = z.string().regex(/^([01]\d|2[0-3])$/)

const slice = z.strictObject({
  key: z.string(),
  date: z.iso.date(),
  hour,
  rows: z.int().positive(),
  /** Stored (compressed) bytes. */
  bytes: count,
  sha256: sha256Hex,
})

const uploadIdHex = z.string().regex(/^[0-9a-f]{32}$/)

/** The content of an upload, decompressed, from its first byte to its last. */
const content = z.strictObject({
  sha256: sha256Hex,
  bytes: count,
  /** False for a zip of several entries, whose hash is of theirs. */
  is_one: z.boolean(),
  /** Events and what could not be one, blank lines, and events that were later than the upload could know. */
  readings: count,
  blank: count,
  too_late: count,
  /** By which a content that is cut short is known again: see `Marks` (content-digest.ts). */
  marks: z.strictObject({ every: z.int().positive(), hashes: z.array(z.string().regex(/^[0-9a-f]{16}$/)) }),
  /** SHA-256 of the last of the readings: whether content that was added has changed it. Null without any. */
  last_reading: sha256Hex.nullable(),
})

/** A version of an upload, by its key and number. */
const versionRef = z.strictObject({ key: z.string(), seq: z.int().positive(), id: uploadIdHex })

const version = {
  /** 1 before there was a content index: without `content`, and all that follows from it. */
  ledger_version: z.literal([1, 2]),
  dataset: z.string(),
  created_by: z.string(),
  /** The version of the upload that this accounts for: stored bytes and their SHA-256, and when it was put. */
  upload: z.strictObject({
    key: z.string(),
    etag: z.string(),
    bytes: count,
    sha256: sha256Hex,
    /** RFC 3339, UTC, milliseconds. */
    modified: z.iso.datetime({ precision: 3 }),
  }),
  /** In the names of its slices. */
  id: uploadIdHex,
  /** From 1, and one more for each version of a name. */
  seq: z.int().min(1).max(99_999_999),
  /** Of all the configuration that shapes slices. */
  settings_sha256: sha256Hex,
}

const partitioned = z
  .strictObject({
    ...version,
    outcome: z.literal('partitioned'),
    content: content.optional(),
    /**
     * What it is to uploads before it: `new`; `same` content as another, or `contained` in it, so that it adds nothing and
     * the account is the other's; `grown` out of another, the account being of what was added; `again`, the same or more
     * of what it `retires`, read anew; `replaces` what its name was before; `beside` that.
     */
    relation: z.enum(RELATIONS).optional(),
    /** The other one. */
    of: versionRef.optional(),
    /** The versions whose slices count no more from this ledger on. */
    retires: z.array(versionRef).optional(),
    /** `read` = `sliced` + all `quarantined`; blank lines are no events. */
    events: z.strictObject({
      read: count,
      sliced: count,
      quarantined: z.partialRecord(z.enum(REASONS), z.int().positive()),
      blank: count,
    }),
    /** In key order. */
    slices: z.array(slice),
    quarantine: z
      .strictObject({ key: z.string(), sha256: sha256Hex, bytes: count, lines: z.int().positive() })
      .nullable(),
  })
  .refine(({ events, slices, quarantine }) => {
    const quarantined = rejectedIn(events.quarantined)
    return (
      events.read === events.sliced + quarantined &&
      events.sliced === sum(slices.map(({ rows }) => rows)) &&
      quarantined === (quarantine?.lines ?? 0)
    )
  }, 'events read must be the rows of all slices and what is quarantined')

/** An upload that as a whole cannot be read: it has no slices, and those of the version before go on to count. */
const refused = z.strictObject({ ...version, outcome: z.literal('refused'), reason: z.string() })

/** An upload that can be read, and that a person has to decide about. It has no slices; what its name was before counts on. */
const held = z.strictObject({
  ...version,
  outcome: z.literal('held'),
  cause: z.enum(HOLD_CAUSES),
  reason: z.string(),
  /** The days of its events; none where nobody can know them. */
  dates: z.array(z.iso.date()),
  /** With what it has lines in common. */
  of: versionRef.optional(),
})

/** The account of one version of an upload, written after its slices: without it they do not count. */
export const uploadLedgerSchema = z.discriminatedUnion('outcome', [partitioned, refused, held])

export type UploadLedger = z.infer<typeof uploadLedgerSchema>
export type PartitionedUpload = z.infer<typeof partitioned>
export type RefusedUpload = z.infer<typeof refused>
export type HeldUpload = z.infer<typeof held>
export type VersionRef = z.infer<typeof versionRef>
export type ContentAccount = z.infer<typeof content>
export type Relation = (typeof RELATIONS)[number]
export type HoldCause = (typeof HOLD_CAUSES)[number]
export type SliceAccount = z.infer<typeof slice>

/** What names a version in other ledgers. */
export function versionRefOf({ upload, seq, id }: Pick<UploadLedger, 'upload' | 'seq' | 'id'>): VersionRef {
  return { key: upload.key, seq, id }
}

/** The bytes of a ledger. One that does not add up is a bug. */
export function uploadLedgerBytes(ledger: UploadLedger): Uint8Array {
  const parsed = uploadLedgerSchema.safeParse(ledger)
  if (parsed.success) return canonicalJson(parsed.data)
  throw new DaysealError('internal', `the ledger of ${ledger.upload.key} is wrong`, { cause: parsed.error })
}

/** A ledger; undefined when there is none of that key. @throws DaysealError `corrupt` for one that cannot be one. */
export async function readUploadLedger(archive: ObjectStore, key: string): Promise<UploadLedger | undefined> {
  const found = await archive.get(key)
  if (found === undefined) return undefined
  try {
    return uploadLedgerSchema.parse(parseJson(new TextDecoder('utf-8', { fatal: true }).decode(found.bytes)))
  } catch (cause) {
    throw new DaysealError('corrupt', `${key} in ${archive.location} is no ledger of an upload`, {
      seen: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      hint: 'remove it: what it accounts for is partitioned again where the upload is still there',
      cause,
    })
  }
}

/** How many events could not become one, of all reasons. */
export function rejectedIn(quarantined: PartitionedUpload['events']['quarantined']): number {
  return sum(Object.values(quarantined))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
