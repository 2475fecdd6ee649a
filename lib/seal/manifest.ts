import * as z from 'zod'
import { eventTime, sha256Hex, sourceAccount } from '../convert/ledger.ts'
import { schemaJson } from '../shred/schema-json.ts'
import { timeForm } from '../time/time-form.ts'

const count = z.int().nonnegative()
const hour = z.string().regex(/^([01]\d|2[0-3])$/)
const guardState = z.enum(['passed', 'overridden'])

/**
 * How a day of uploads was found complete. An hour without a source is silent when the dataset says that it may be: it is
 * not missing then.
 */
const uploadedDay = z.strictObject({
  /**
   * - `hours`: enough hours have a source
   * - `silent`: with the silent ones
   * - `overridden`: not even so, or an upload was in flight, or the quiet time was not over
   */
  rule: z.enum(['hours', 'silent', 'overridden']),
  /** In order. */
  silent_hours: z.array(hour),
  /** Uploads that had arrived and were not partitioned yet, or waited for somebody to decide about them. */
  in_flight: count,
  quiet_minutes: count,
  /** The day's end, or when the last upload that it has slices of was partitioned: what was later. */
  quiet_since_utc: z.iso.datetime({ precision: 3 }),
  /** The versions of uploads that the slices among the sources are of, by key and number: `id` is in a slice's name. */
  uploads: z.array(
    z.strictObject({
      key: z.string(),
      seq: z.int().positive(),
      id: z.string().regex(/^[0-9a-f]{32}$/),
      /** Of the stored bytes. */
      sha256: sha256Hex,
      /** Of all its lines, whatever their days, how many could not become events; absent for none. */
      quarantined: z.int().positive().optional(),
    }),
  ),
})

export type UploadedDay = z.infer<typeof uploadedDay>

/** What a seal promises. Everything in it can be re-checked from the files beside it; `verify` does. */
export const manifestSchema = z.strictObject({
  manifest_version: z.literal(1),
  dataset: z.string(),
  tier: z.literal('daily'),
  date_utc: z.iso.date(),
  /** The day's folder in the archive, as the layout writes it (`20150912`). */
  archive_day: z.string(),
  /** Rows belong to the day whose folder held them; timestamps inside rows never decide. */
  partition_basis: z.literal('archive_folder_utc_day'),
  generation: z.int().positive(),
  created_ts_utc: z.iso.datetime({ precision: 3 }),
  created_by: z.string(),
  /** The sealed data's key under the output; null for a day with no rows and no columns. */
  data_key: z.string().nullable(),
  row_count: count,
  schema: schemaJson,
  schema_sha256: sha256Hex,
  base_schema_sha256: sha256Hex,
  /** Paths without a column: only `{}`, `[]` or null all day, or dropped by configuration. */
  dropped_columns: z.array(
    z.strictObject({ path: z.string(), reason: z.enum(['empty', 'configured']), saw: z.array(z.string()) }),
  ),
  /**
   * Timestamp columns that the configuration does not name as such (`detected`), or whose times are written in another form
   * than the usual ones. Paths are those of the source. Absent where there are none.
   */
  times: z.array(z.strictObject({ path: z.string(), form: timeForm, detected: z.boolean() })).optional(),
  /** Columns whose key in the rows is the empty text, and what they are called; absent for none. */
  renamed_columns: z.array(z.strictObject({ path: z.string(), name: z.string() })).optional(),
  /** Columns of one struct whose names differ only in case: readers that fold case see one of them. */
  case_collisions: z.array(z.array(z.string())),
  null_semantics: z.string(),
  event_time: eventTime.nullable(),
  min_added_ts: z.string().nullable(),
  max_added_ts: z.string().nullable(),
  parquet_sha256: sha256Hex.nullable(),
  parquet_size_bytes: count.nullable(),
  compression: z.literal('zstd'),
  hours_expected: z.literal(24),
  hours_found: z.int().min(0).max(24),
  /** Neither with a source nor silent. */
  missing_hours: z.array(hour),
  coverage_ratio: z.number().min(0).max(1),
  is_partial: z.boolean(),
  min_hours_threshold: z.int().min(0).max(24),
  rows_by_hour: z.record(z.string(), count),
  guards: z.strictObject({ today: guardState, hours: guardState }),
  sources: z.array(sourceAccount),
  /** Absent for a dataset without uploads, whose manifests stay what they were. */
  uploads: uploadedDay.optional(),
  totals: z.strictObject({ lines_read: count, blank: count, rows_written: count, rows_quarantined: count }),
  /** SHA-256 of the manifest of the generation before; null for generation 1. */
  supersedes: sha256Hex.nullable(),
  previous_day: z.null(),
  signature: z.null(),
})

export type Manifest = z.infer<typeof manifestSchema>

export const NULL_SEMANTICS =
  'a key that is absent and a key whose value is null are both NULL; [] is an empty list and {} a struct or map that is not NULL'
