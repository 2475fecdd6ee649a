import type { RootNode } from '../parquet/read-tree.ts'
import { fieldsOfNode } from '../parquet/read-tree.ts'
import type { Generation } from '../seal/history.ts'
import { VERSION } from '../version.ts'
import type { Claim } from './claim.ts'
import type { ExportMeta } from './meta.ts'
import type { WrittenFile } from './output/target.ts'
import { sealedRows } from './plan-days.ts'
import type { AbsentColumn } from './rows/absent-columns.ts'
import type { ExportSettings } from './settings.ts'
import type { WrittenOutput } from './write-files.ts'

/** What all files of a run have in common. */
export interface Account {
  readonly runId: string
  readonly dataset: string
  readonly settings: ExportSettings
  readonly exportedAt: Date
  readonly root: RootNode
  readonly generations: readonly Generation[]
  /** Rows of the days that were chosen. */
  readonly selected: number
  /** Rows that were not, because what should be their time is none. */
  readonly rowsWithoutTime: number
  readonly absent: readonly AbsentColumn[]
  readonly rejects: { readonly rows: number; readonly file: WrittenFile | undefined }
  readonly timeRange: ExportMeta['time_range']
}

/** Ends the claims: each file's meta file says what it is, or is removed where none is wanted. */
export async function publish(claim: Claim, account: Account, written: readonly WrittenOutput[]): Promise<void> {
  if (account.settings.includeMetadata) {
    for (const output of written) await claim.describe(output.output.key, metaOf(account, output))
  }
  await claim.release()
}

/** Each file's meta file says what it is once the state of this version is written: see `settle`. */
export async function prepare(
  claim: Claim,
  account: Account,
  written: readonly WrittenOutput[],
  stateVersion: number,
): Promise<void> {
  for (const output of written) {
    const meta = { ...metaOf(account, output), status: 'written', state_version: stateVersion } as const
    await claim.describe(output.output.key, meta)
  }
}

export function metaOf(account: Account, written: WrittenOutput): ExportMeta {
  const {
    runId,
    dataset,
    settings,
    exportedAt,
    root,
    generations,
    selected,
    rowsWithoutTime,
    absent,
    rejects,
    timeRange,
  } = account
  const { output, files, rows, leftOut, digest } = written
  const { format, options, compression } = output
  const folder = output.key.slice(0, output.key.lastIndexOf('/') + 1)
  const inFolder = ({ key, bytes, sha256 }: WrittenFile) => ({ path: key.slice(folder.length), bytes, sha256 })
  return {
    meta_version: 1,
    status: 'complete',
    run_id: runId,
    export: settings.name,
    dataset,
    exported_at: exportedAt.toISOString(),
    version: VERSION,
    options,
    mime_type: format.mimeType,
    compression,
    encrypted_to: settings.encryptTo,
    event_count: rows,
    rows_sealed: sealedRows(generations),
    rows_selected: selected,
    rows_without_time: rowsWithoutTime,
    absent_columns: absent.map(({ column, days }) => ({ column, days: [...days] })),
    rows_rejected: rejects.rows,
    left_out: leftOut,
    time_range: timeRange,
    filters: filtersOf(settings),
    columns: fieldsOfNode(root),
    content_digest: digest,
    files: files.map(inFolder),
    rejects: rejects.file === undefined ? null : inFolder(rejects.file),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    source_days: generations.map(({ manifest, sha256 }) => ({
      date: manifest.date_utc,
      generation: manifest.generation,
      manifest_sha256: sha256,
      rows: manifest.row_count,
    })),
  }
}

/** What was chosen, without what was left to its default. Functions are named. */
function filtersOf(settings: ExportSettings): Readonly<Record<string, unknown>> {
  const { columns, exclude, rename, time, where, limit, compute, transform, groupBy } = settings
  return {
    ...(columns === undefined ? {} : { columns }),
    ...(exclude.length === 0 ? {} : { exclude }),
    ...(Object.keys(rename).length === 0 ? {} : { rename }),
    ...(time === undefined ? {} : { time }),
    ...(Object.keys(where).length === 0 ? {} : { where: plain(where) }),
    ...(limit === undefined ? {} : { limit }),
    ...(Object.keys(compute).length === 0 ? {} : { compute: Object.keys(compute) }),
    ...(transform === undefined ? {} : { transform: true }),
    ...(groupBy === undefined ? {} : { group_by: plain(groupBy) }),
  }
}

/** JSON has no bigint: it is written as its digits. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)))
}
