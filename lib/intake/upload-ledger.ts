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
  'no_match',
  'no_timestamp',
  'impossible_timestamp',
  'outside_window',
] as const satisfies readonly RejectReason[]

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

const version = {
  ledger_version: z.literal(1),
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
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** From 1, and one more for each version of a name. */
  seq: z.int().min(1).max(99_999_999),
  /** Of all the configuration that shapes slices. */
  settings_sha256: sha256Hex,
}

const partitioned = z
  .strictObject({
    ...version,
    outcome: z.literal('partitioned'),
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
    const quarantined = sum(Object.values(events.quarantined))
    return (
      events.read === events.sliced + quarantined &&
      events.sliced === sum(slices.map(({ rows }) => rows)) &&
      quarantined === (quarantine?.lines ?? 0)
    )
  }, 'events read must be the rows of all slices and what is quarantined')

/** An upload that as a whole cannot be read: it has no slices, and those of the version before go on to count. */
const refused = z.strictObject({ ...version, outcome: z.literal('refused'), reason: z.string() })

/** The account of one version of an upload, written after its slices: without it they do not count. */
export const uploadLedgerSchema = z.discriminatedUnion('outcome', [partitioned, refused])

export type UploadLedger = z.infer<typeof uploadLedgerSchema>
export type PartitionedUpload = z.infer<typeof partitioned>
export type RefusedUpload = z.infer<typeof refused>
export type SliceAccount = z.infer<typeof slice>

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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
