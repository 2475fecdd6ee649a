import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FormatName } from '../../lib/export/format-options.ts'
import { BENCH_DATE } from '../generate/workloads.ts'
import type { Contender } from '../measure/in-turn.ts'
import { runChild } from '../measure/run-child.ts'
import { text } from '../peers/duckdb-sql.ts'
import type { Programs } from '../programs.ts'

/** What DuckDB writes too, and how it is told to. */
export const PEER_OPTIONS = {
  csv: 'FORMAT csv, HEADER',
  ndjson: 'FORMAT json',
  json: 'FORMAT json, ARRAY true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const satisfies Partial<Record<FormatName, string>>

export type PeerFormat = keyof typeof PEER_OPTIONS
export type ExporterId = `dayseal ${FormatName}` | `duckdb ${PeerFormat}`

/** A sealed day, and where it is. */
export interface SealedDay {
  /** The output with the day in it. */
  readonly out: string
  /** Its Parquet file. */
  readonly file: string
}

export function hasPeer(format: FormatName): format is PeerFormat {
  return format in PEER_OPTIONS
}

/** Ours, and DuckDB with one thread where it has the format, in the order in which they take turns. */
export function exporters(programs: Programs, day: SealedDay, formats: readonly FormatName[]): Contender<ExporterId>[] {
  return formats.flatMap((format) => [
    { id: `dayseal ${format}` as const, threads: 1, run: (folder: string) => dayseal(programs, day, format, folder) },
    ...(hasPeer(format)
      ? [
          {
            id: `duckdb ${format}` as const,
            threads: 1,
            run: (folder: string) => duckdb(programs, day, format, folder),
          },
        ]
      : []),
  ])
}

/** The command as a user types it. */
async function dayseal({ dayseal, atExit }: Programs, { out }: SealedDay, format: FormatName, folder: string) {
  const what = ['--out', out, '--date', BENCH_DATE, '--format', format]
  const where = ['--destination', folder, '--file-name', 'day']
  const sample = await runChild(atExit, [dayseal, 'export', ...what, ...where])
  const file = (await readdir(folder)).find((name) => !name.endsWith('.meta.json'))
  if (file === undefined) throw new Error(`the export as ${format} left no file`)
  return { file: join(folder, file), sample }
}

async function duckdb({ duckdb, atExit }: Programs, day: SealedDay, format: PeerFormat, folder: string) {
  const file = join(folder, `day.${format}`)
  const sql = `COPY (SELECT * FROM read_parquet(${text(day.file)})) TO ${text(file)} (${PEER_OPTIONS[format]})`
  return { file, sample: await runChild(atExit, [duckdb, '1', sql]) }
}
