/** What a service tells others of a day, of an upload, of an export, or of an offload. */
export type Announcement =
  | {
      readonly kind: 'Day Sealed'
      readonly generation: number
      readonly rowCount: number
      /** Null for a day without data. */
      readonly dataKey: string | null
      readonly parquetSha256: string | null
      readonly manifestKey: string
      readonly manifestSha256: string
      readonly missingHours: readonly string[]
    }
  | {
      readonly kind: 'Day Incomplete'
      readonly found: number
      readonly wanted: number
      readonly missing: readonly string[]
      /** Why more uploads may come, of a day that was given up waiting for them. */
      readonly uploads?: string
    }
  | { readonly kind: 'Day Failed'; readonly error: string; readonly cause: string }
  /** The archive has content that the newest generation does not hold. `key`: where; null for many places. */
  | { readonly kind: 'Day Stale'; readonly generation: number; readonly key: string | null }
  | { readonly kind: 'Hour Failed'; readonly hour: string; readonly key: string; readonly cause: string }
  /** An upload was put more than an hour ago, and is not partitioned yet. `key`: in the archive. */
  | { readonly kind: 'Upload In Flight'; readonly key: string }
  /** An upload cannot be read as a whole: nothing of it is in the archive. `key`: in the archive. */
  | { readonly kind: 'Upload Refused'; readonly key: string; readonly cause: string }
  /** An upload can be read, and a person has to decide about it: nothing of it is in the archive until then. */
  | { readonly kind: 'Upload Held'; readonly key: string; readonly cause: string }
  | {
      readonly kind: 'Verification Failed'
      readonly generation: number | null
      readonly failedChecks: readonly string[]
    }
  | {
      readonly kind: 'Export Done'
      readonly export: string
      readonly firstDay: string
      readonly lastDay: string
      readonly days: number
      readonly rows: number
      readonly bytes: number
      /** Where the keys are. */
      readonly location: string
      /** At most 64: a partitioned export may have more. */
      readonly keys: readonly string[]
    }
  | { readonly kind: 'Export Failed'; readonly export: string; readonly error: string; readonly cause: string }
  /** About several days. */
  | {
      readonly kind: 'Offload Done'
      readonly firstDay: string
      readonly lastDay: string
      readonly days: number
      /** Source files that went into zips, and their bytes. */
      readonly files: number
      readonly bytes: number
      /** Source files that were deleted. */
      readonly deleted: number
    }
  | { readonly kind: 'Offload Failed'; readonly error: string; readonly cause: string }

/**
 * Resolves once the announcement is on its way for good. The same may be told twice. `date`: undefined for what is about
 * no single day.
 */
export type Announce = (dataset: string, date: string | undefined, announcement: Announcement) => Promise<void>
