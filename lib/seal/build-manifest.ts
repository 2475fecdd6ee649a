import { HOURS } from '../archive/guards.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { EventTime, Ledger, SourceAccount } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import { caseCollisions, droppedColumns } from '../shred/dropped.ts'
import { renamedColumns } from '../shred/empty-names.ts'
import type { ShredRules } from '../shred/rules.ts'
import { schemaToJson } from '../shred/schema-json.ts'
import { timeColumns } from '../shred/time-columns.ts'
import { CREATED_BY } from '../version.ts'
import { schemaSha256 } from './base-schema.ts'
import type { DaySchema } from './day-schema.ts'
import type { Generation } from './history.ts'
import { type Manifest, manifestSchema, NULL_SEMANTICS, type UploadedDay } from './manifest.ts'

export interface ManifestInput {
  readonly dataset: string
  readonly date: string
  readonly archiveDay: string
  readonly created: Date
  readonly ledgers: readonly Ledger[]
  readonly day: DaySchema
  readonly rules: ShredRules
  readonly baseSha256: string
  readonly minHours: number
  readonly guards: Manifest['guards']
  /** The sealed data; undefined for a day without columns. */
  readonly data:
    | { readonly key: string; readonly sha256: string; readonly bytes: number; readonly rows: number }
    | undefined
  readonly previous: Generation | undefined
  readonly generation: number
  /** Undefined for a dataset without uploads. */
  readonly uploads: UploadedDay | undefined
}

/** What the seal promises. @throws DaysealError `internal` when the account does not add up: nothing is sealed then. */
export function buildManifest(input: ManifestInput): Manifest {
  const { ledgers, day, data, previous } = input
  const sources = ledgers.flatMap((ledger) => ledger.sources)
  const totals = totalsOf(sources)
  const found = ledgers.map((ledger) => ledger.hour)
  const present = [...found, ...(input.uploads?.silent_hours ?? [])]
  const missing = HOURS.filter((hour) => !present.includes(hour))
  const eventTime = joinEventTimes(ledgers)
  const schema = schemaToJson(day.schema)
  const times = timeColumns(day.schema, input.rules)
  const renamed = renamedColumns(day.schema)
  const isAddedTs = eventTime?.column === 'meta.added_ts'
  assertAccount(sources, totals, data?.rows)
  return manifestSchema.parse({
    manifest_version: 1,
    dataset: input.dataset,
    tier: 'daily',
    date_utc: input.date,
    archive_day: input.archiveDay,
    partition_basis: 'archive_folder_utc_day',
    generation: input.generation,
    created_ts_utc: input.created.toISOString(),
    created_by: CREATED_BY,
    data_key: data?.key ?? null,
    row_count: totals.rows_written,
    schema,
    schema_sha256: schemaSha256(schema),
    base_schema_sha256: input.baseSha256,
    dropped_columns: droppedColumns(day.schema, day.profile, input.rules),
    ...(times.length === 0 ? {} : { times }),
    ...(renamed.length === 0 ? {} : { renamed_columns: renamed }),
    case_collisions: caseCollisions(day.schema),
    null_semantics: NULL_SEMANTICS,
    event_time: eventTime,
    min_added_ts: isAddedTs ? eventTime.min : null,
    max_added_ts: isAddedTs ? eventTime.max : null,
    parquet_sha256: data?.sha256 ?? null,
    parquet_size_bytes: data?.bytes ?? null,
    compression: 'zstd',
    hours_expected: 24,
    hours_found: found.length,
    missing_hours: missing,
    coverage_ratio: found.length / HOURS.length,
    is_partial: missing.length > 0,
    min_hours_threshold: input.minHours,
    rows_by_hour: Object.fromEntries(
      HOURS.map((hour) => [hour, ledgers.find((ledger) => ledger.hour === hour)?.rows ?? 0]),
    ),
    guards: input.guards,
    sources,
    ...(input.uploads === undefined ? {} : { uploads: input.uploads }),
    totals,
    supersedes: previous?.sha256 ?? null,
    previous_day: null,
    signature: null,
  } satisfies Manifest)
}

/** The bytes of a manifest: what is hashed, compared and, in time, signed. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  return canonicalJson(manifest)
}

function totalsOf(sources: readonly SourceAccount[]): Manifest['totals'] {
  const sum = (of: (account: SourceAccount) => number) => sources.reduce((total, account) => total + of(account), 0)
  return {
    lines_read: sum((account) => account.lines_read),
    blank: sum((account) => account.blank),
    rows_written: sum((account) => account.rows_written),
    rows_quarantined: sum((account) => account.rows_quarantined),
  }
}

function assertAccount(sources: readonly SourceAccount[], totals: Manifest['totals'], rows: number | undefined): void {
  const wrong = sources.find(
    (account) => account.lines_read !== account.blank + account.rows_written + account.rows_quarantined,
  )
  if (wrong !== undefined)
    throw new DaysealError('internal', `the lines of ${wrong.key} do not add up`, { seen: JSON.stringify(wrong) })
  if (rows !== undefined && rows !== totals.rows_written) {
    throw new DaysealError('internal', 'the sealed file does not hold the rows of its hours', {
      seen: `${rows} rows`,
      wanted: `${totals.rows_written} rows`,
    })
  }
}

function joinEventTimes(ledgers: readonly Ledger[]): EventTime | null {
  const times = ledgers.flatMap((ledger) => ledger.event_time ?? [])
  if (times.length === 0) return null
  // All in one format, of equal length up to the year 9999: text order is time order.
  const mins = times.flatMap((time) => time.min ?? []).sort()
  const maxs = times.flatMap((time) => time.max ?? []).sort()
  // Of an hour whose sources are gone the ledger may be of an earlier version.
  const form = times.find((time) => time.form !== undefined)?.form
  return {
    column: times[0]!.column,
    ...(form === undefined ? {} : { form }),
    min: mins[0] ?? null,
    max: maxs.at(-1) ?? null,
    unparsed: times.reduce((sum, time) => sum + time.unparsed, 0),
  }
}
