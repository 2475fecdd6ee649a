import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FieldJson } from '../../lib/shred/schema-json.ts'
import type { Archive } from '../generate/archive.ts'
import { BENCH_DATE } from '../generate/workloads.ts'
import type { Contender, Run } from '../measure/in-turn.ts'
import { runChild } from '../measure/run-child.ts'
import type { Programs } from '../programs.ts'
import { copyAsWritten, copyWithSchema } from './duckdb-sql.ts'

/** What a seal of the archive has found. */
export interface Known {
  readonly schema: readonly FieldJson[]
  /** Its `schema.json`. */
  readonly schemaFile: string
}

/** All that take part with so many threads, in the order in which they take turns. */
export function contenders(programs: Programs, archive: Archive, known: Known, threads: number): readonly Contender[] {
  const glob = join(archive.folder, BENCH_DATE.replaceAll('-', ''), '*.jsonl.gz')
  return [
    { id: 'dayseal-first', threads, run: (folder) => sealFirst(programs, archive, folder, threads) },
    {
      id: 'dayseal-learnt',
      threads,
      run: (folder) => sealLearnt(programs, archive, folder, threads, known.schemaFile),
    },
    {
      id: 'duckdb-written',
      threads,
      run: (folder) => duckdb(programs, folder, threads, (file) => copyAsWritten(glob, file)),
    },
    {
      id: 'duckdb-schema',
      threads,
      run: (folder) => duckdb(programs, folder, threads, (file) => copyWithSchema(glob, file, known.schema)),
    },
  ]
}

/** The command as a user types it. */
export function sealArguments(
  { dayseal }: Programs,
  archive: Archive,
  out: string,
  workers: number,
): readonly string[] {
  const where = ['--archive', archive.folder, '--out', out, '--date', BENCH_DATE]
  return [dayseal, 'seal', ...where, '--min-hours', String(archive.hours), '--workers', String(workers)]
}

/** Into an output where nothing is known. */
export async function sealFirst(programs: Programs, archive: Archive, out: string, workers: number): Promise<Run> {
  const sample = await runChild(programs.atExit, sealArguments(programs, archive, out, workers))
  return { file: join(out, 'daily', BENCH_DATE, 'data.parquet'), sample }
}

/** The same in steady state: the columns are known from the days before. */
async function sealLearnt(
  programs: Programs,
  archive: Archive,
  out: string,
  workers: number,
  schemaFile: string,
): Promise<Run> {
  await copyFile(schemaFile, join(out, 'schema.json'))
  return sealFirst(programs, archive, out, workers)
}

async function duckdb(
  { duckdb, atExit }: Programs,
  folder: string,
  threads: number,
  sql: (file: string) => string,
): Promise<Run> {
  const file = join(folder, 'data.parquet')
  return { file, sample: await runChild(atExit, [duckdb, String(threads), sql(file)]) }
}
