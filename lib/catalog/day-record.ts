import * as z from 'zod'
import { sha256Hex } from '../convert/ledger.ts'
import { count, datasetName, date, instant, name, objectKey, prose } from './fields.ts'

/** Late objects that a day remembers one by one. */
export const LATE_LIMIT = 64

/** Who works on a day, and until when nobody else does. */
const lease = z.strictObject({ owner: name(512), until: instant })

/** An object of the archive that no seal is known to hold, or one that counts no more, and a seal may hold. */
const lateObject = z.strictObject({
  /** Null in the one entry that stands for all objects beyond LATE_LIMIT. */
  key: objectKey.nullable(),
  /** Null for an object that counts no more, and where `key` is null. */
  etag: name(1024).nullable(),
  /** It was there before the present seal began, which therefore finds it in its listing. */
  listed: z.boolean(),
})

/** What is known of one day, apart from its version: see `dayRecord`. */
export const dayContent = z.strictObject({
  dataset: datasetName,
  date,
  /**
   * - `open`: hours arrive
   * - `sealing`: the holder of the lease works on it
   * - `sealed`: its newest generation holds everything that is known to have arrived
   * - `stale`: sealed, but objects came later
   * - `incomplete`: hours were missing at the deadline, and it has never been sealed
   * - `failed`: the last run ended in an error; an older generation may stand
   */
  state: z.enum(['open', 'sealing', 'sealed', 'stale', 'incomplete', 'failed']),
  /** The newest committed generation that is known, and its facts; null before the first. */
  generation: z.int().positive().nullable(),
  hours_found: z.int().min(0).max(24),
  row_count: count.nullable(),
  parquet_size_bytes: count.nullable(),
  manifest_key: objectKey.nullable(),
  manifest_sha256: sha256Hex.nullable(),
  note: prose(2000).nullable(),
  lease: lease.nullable(),
  late: z.array(lateObject).max(LATE_LIMIT + 1),
  updated: instant,
})

/** `version`: 1 for the first record, +1 for each that replaces it. */
export const dayRecord = z.strictObject({ ...dayContent.shape, version: z.int().positive() })

export type DayContent = Readonly<z.infer<typeof dayContent>>
export type DayRecord = Readonly<z.infer<typeof dayRecord>>
export type Lease = Readonly<z.infer<typeof lease>>
export type LateObject = Readonly<z.infer<typeof lateObject>>
