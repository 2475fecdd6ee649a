import { HOURS } from '../../lib/archive/guards.ts'
import { type Manifest, manifestSchema, NULL_SEMANTICS } from '../../lib/seal/manifest.ts'

const SHA = 'a'.repeat(64)

/** A manifest of a day with ten rows in each of these hours, from one source of ten bytes each. */
export function manifestOf(date: string, hours: readonly string[], change: Partial<Manifest> = {}): Manifest {
  const rows = 10 * hours.length
  return manifestSchema.parse({
    manifest_version: 1,
    dataset: 'test',
    tier: 'daily',
    date_utc: date,
    archive_day: date.replaceAll('-', ''),
    partition_basis: 'archive_folder_utc_day',
    generation: 1,
    created_ts_utc: '2025-03-15T00:30:00.000Z',
    created_by: 'test',
    data_key: `generations/${date}/g0001-test.parquet`,
    row_count: rows,
    schema: [{ name: 'n', type: 'int64' }],
    schema_sha256: SHA,
    base_schema_sha256: SHA,
    dropped_columns: [],
    case_collisions: [],
    null_semantics: NULL_SEMANTICS,
    event_time: null,
    min_added_ts: null,
    max_added_ts: null,
    parquet_sha256: SHA,
    parquet_size_bytes: 1000,
    compression: 'zstd',
    hours_expected: 24,
    hours_found: hours.length,
    missing_hours: HOURS.filter((hour) => !hours.includes(hour)),
    coverage_ratio: hours.length / 24,
    is_partial: hours.length < 24,
    min_hours_threshold: 24,
    rows_by_hour: Object.fromEntries(HOURS.map((hour) => [hour, hours.includes(hour) ? 10 : 0])),
    guards: { today: 'passed', hours: hours.length < 24 ? 'overridden' : 'passed' },
    sources: hours.map((hour) => ({
      key: `${date.replaceAll('-', '')}/${hour}.jsonl.gz`,
      hour,
      etag: `e${hour}`,
      bytes: 10,
      sha256: SHA,
      lines_read: 10,
      blank: 0,
      rows_written: 10,
      rows_quarantined: 0,
    })),
    totals: { lines_read: rows, blank: 0, rows_written: rows, rows_quarantined: 0 },
    supersedes: null,
    previous_day: null,
    signature: null,
    ...change,
  })
}
