import { gzipSync } from 'node:zlib'
import { HOURS } from '../../lib/archive/guards.ts'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { configSchema, type Dataset } from '../../lib/config.ts'
import type { Ledger, SourceAccount } from '../../lib/convert/ledger.ts'
import { generationKey, historyKey, ledgerKey, quarantineKey, viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import { type Manifest, NULL_SEMANTICS } from '../../lib/seal/manifest.ts'
import { sha256 } from '../../lib/sha256.ts'
import type { FieldJson } from '../../lib/shred/schema-json.ts'
import { type FixtureRow, writeParquet } from './parquet-file.ts'

/** A day written by hand, apart from convert and seal: what a sealed day is, as files. */
export interface SealedDay {
  readonly manifest: Manifest
  readonly out: Map<string, Uint8Array>
  readonly archive: Map<string, Uint8Array>
}

/** One line of an hour: a row with its text, a rejected line, or a blank one. */
export type FixtureLine =
  | { readonly text: string; readonly row: FixtureRow }
  | { readonly text: string; readonly reject: string }
  | { readonly text: string }

export interface DaySettings {
  readonly date?: string
  readonly dataset?: string
  readonly schema: readonly FieldJson[]
  readonly lines: Readonly<Record<string, readonly FixtureLine[]>>
  /** The hours that the archive has. @default all 24, those without lines as empty files */
  readonly hours?: readonly string[]
  readonly generation?: number
  readonly before?: Uint8Array
  readonly manifest?: Partial<Manifest>
  readonly parquet?: (rows: readonly (readonly FixtureRow[])[]) => Uint8Array
}

const ZERO_SHA = '0'.repeat(64)

export function sealedDay(settings: DaySettings): SealedDay {
  const { date = '2015-09-12', schema, lines, hours = HOURS, generation = 1 } = settings
  const day = date.replaceAll('-', '')
  const out = new Map<string, Uint8Array>()
  const archive = new Map<string, Uint8Array>()
  const sources: SourceAccount[] = []
  const groups: FixtureRow[][] = []
  for (const hour of hours) {
    const own = lines[hour] ?? []
    const key = `${day}/${hour}.jsonl.gz`
    const stored = new Uint8Array(gzipSync(own.map(({ text }) => `${text}\n`).join('')))
    archive.set(key, stored)
    const rows = own.flatMap((line) => ('row' in line ? [line.row] : []))
    if (rows.length > 0) groups.push(rows)
    const account = accountOf(key, hour, own, stored)
    sources.push(account)
    addHour(out, date, account, own)
  }
  const data = (settings.parquet ?? ((rows) => writeParquet(schema, rows)))(groups)
  const manifest = manifestOf(settings, date, sources, data)
  if (manifest.data_key !== null) {
    out.set(manifest.data_key, data)
    out.set(viewDataKey(date), data)
  }
  const bytes = canonicalJson(manifest)
  out.set(historyKey(date, generation), bytes)
  out.set(viewManifestKey(date), bytes)
  return { manifest, out, archive }
}

function accountOf(key: string, hour: string, lines: readonly FixtureLine[], stored: Uint8Array): SourceAccount {
  const rows = lines.filter((line) => 'row' in line).length
  const rejects = lines.filter((line) => 'reject' in line).length
  return {
    key,
    hour,
    etag: 'an etag',
    bytes: stored.length,
    sha256: sha256(stored),
    lines_read: lines.length,
    blank: lines.length - rows - rejects,
    rows_written: rows,
    rows_quarantined: rejects,
  }
}

/** The hour's ledger, and its quarantine when a line was rejected. */
function addHour(
  out: Map<string, Uint8Array>,
  date: string,
  account: SourceAccount,
  lines: readonly FixtureLine[],
): void {
  const { hour, key } = account
  const records = lines.flatMap((line, i) => {
    if (!('reject' in line)) return []
    const bytes = Buffer.byteLength(line.text)
    return [{ key, line: i + 1, offset: 0, bytes, reason: line.reject, detail: 'as the test says', text: line.text }]
  })
  const stored = new Uint8Array(gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join('')))
  const at = quarantineKey(date, hour)
  if (records.length > 0) out.set(at, stored)
  const ledger: Ledger = {
    ledger_version: 1,
    date_utc: date,
    hour,
    created_by: 'a test',
    config_sha256: ZERO_SHA,
    base_schema_sha256: ZERO_SHA,
    sources: [account],
    part: null,
    rows: account.rows_written,
    quarantine:
      records.length === 0 ? null : { key: at, sha256: sha256(stored), bytes: stored.length, lines: records.length },
    event_time: null,
    profile: {},
  }
  out.set(ledgerKey(date, hour), canonicalJson(ledger))
}

function manifestOf(settings: DaySettings, date: string, sources: SourceAccount[], data: Uint8Array): Manifest {
  const { generation = 1, schema } = settings
  const sum = (member: 'lines_read' | 'blank' | 'rows_written' | 'rows_quarantined') =>
    sources.reduce((total, source) => total + source[member], 0)
  const noData = schema.length === 0
  const found = new Set(sources.map(({ hour }) => hour))
  return {
    manifest_version: 1,
    dataset: settings.dataset ?? 'logs',
    tier: 'daily',
    date_utc: date,
    archive_day: date.replaceAll('-', ''),
    partition_basis: 'archive_folder_utc_day',
    generation,
    created_ts_utc: '2026-01-02T03:04:05.678Z',
    created_by: 'a test',
    data_key: noData ? null : generationKey(date, generation, 'attempt'),
    row_count: sum('rows_written'),
    schema: [...schema],
    schema_sha256: sha256(canonicalJson(schema)),
    base_schema_sha256: ZERO_SHA,
    dropped_columns: [],
    case_collisions: [],
    null_semantics: NULL_SEMANTICS,
    event_time: null,
    min_added_ts: null,
    max_added_ts: null,
    parquet_sha256: noData ? null : sha256(data),
    parquet_size_bytes: noData ? null : data.length,
    compression: 'zstd',
    hours_expected: 24,
    hours_found: found.size,
    missing_hours: HOURS.filter((hour) => !found.has(hour)),
    coverage_ratio: found.size / 24,
    is_partial: found.size < 24,
    min_hours_threshold: 24,
    rows_by_hour: Object.fromEntries(
      HOURS.map((hour) => [hour, sources.reduce((n, s) => n + (s.hour === hour ? s.rows_written : 0), 0)]),
    ),
    guards: { today: 'passed', hours: found.size < 24 ? 'overridden' : 'passed' },
    sources,
    totals: {
      lines_read: sum('lines_read'),
      blank: sum('blank'),
      rows_written: sum('rows_written'),
      rows_quarantined: sum('rows_quarantined'),
    },
    supersedes: settings.before === undefined ? null : sha256(settings.before),
    previous_day: null,
    signature: null,
    ...settings.manifest,
  }
}

/** The day with its newest manifest edited, in the history and in the view alike, as an attacker would. */
export function edited(day: SealedDay, edit: (manifest: Manifest) => object, generation = 1): SealedDay {
  const manifest = { ...day.manifest, ...edit(day.manifest) }
  const bytes = canonicalJson(manifest)
  const { date_utc } = day.manifest
  const out = new Map([...day.out, [historyKey(date_utc, generation), bytes], [viewManifestKey(date_utc), bytes]])
  return { ...day, manifest, out }
}

/** The parsed dataset of a test: `logs`, with these rules. */
export function testDataset(verify: object = {}, more: object = {}): Dataset {
  const datasets = { logs: { archive: { location: 'archive' }, out: 'out', verify, ...more } }
  return { name: 'logs', ...configSchema.parse({ datasets }).datasets.logs! }
}
