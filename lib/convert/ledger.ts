import * as z from 'zod'
import { profileSchema } from '../shred/profile.ts'
import { schemaJson } from '../shred/schema-json.ts'
import { timeForm } from '../time/time-form.ts'

const count = z.int().nonnegative()
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')

/** The account of one source object: `lines_read = blank + rows_written + rows_quarantined`. */
export const sourceAccount = z.strictObject({
  key: z.string(),
  hour: z.string().regex(/^([01]\d|2[0-3])$/),
  etag: z.string(),
  /** Stored (compressed) bytes, and their SHA-256. */
  bytes: count,
  sha256: sha256Hex,
  lines_read: count,
  blank: count,
  rows_written: count,
  rows_quarantined: count,
})

export const eventTime = z.strictObject({
  column: z.string(),
  /** How its times were read; absent where an earlier version did, which read RFC 3339 with a colon in its offset alone. */
  form: timeForm.optional(),
  /** RFC 3339, UTC, microseconds; null when no row had one. */
  min: z.string().nullable(),
  max: z.string().nullable(),
  /** Rows whose event time is missing or no time. */
  unparsed: count,
})

/** `hourly/YYYY-MM-DD/HH.json`: written after the part, and the proof of what is in it. */
export const ledgerSchema = z.strictObject({
  ledger_version: z.literal(1),
  date_utc: z.iso.date(),
  hour: z.string().regex(/^([01]\d|2[0-3])$/),
  created_by: z.string(),
  /** SHA-256 of all the configuration that shapes a part. */
  config_sha256: sha256Hex,
  base_schema_sha256: sha256Hex,
  sources: z.array(sourceAccount),
  /** Null for an hour with no rows, or with rows but no column (all `{}`). */
  part: z
    .strictObject({
      key: z.string(),
      sha256: sha256Hex,
      bytes: count,
      rows: count,
      row_groups: count,
      schema: schemaJson,
    })
    .nullable(),
  rows: count,
  quarantine: z.strictObject({ key: z.string(), sha256: sha256Hex, bytes: count, lines: count }).nullable(),
  event_time: eventTime.nullable(),
  /** What was seen at every path, from which the day's schema is resolved. */
  profile: profileSchema,
})

export type SourceAccount = z.infer<typeof sourceAccount>
export type EventTime = z.infer<typeof eventTime>
export type Ledger = z.infer<typeof ledgerSchema>
