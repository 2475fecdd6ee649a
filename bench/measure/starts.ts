import type { Programs } from '../programs.ts'
import { runChild, type Sample } from './run-child.ts'

/** What the processes take before there is anything to do. */
export interface Starts {
  /** `dayseal --version`. */
  readonly dayseal: Sample
  /** A DuckDB in a Node process, and `SELECT 1`. */
  readonly duckdb: Sample
}

/** The second run of each: the first may have to fetch the files from the disk. */
export async function measureStarts({ dayseal, duckdb, atExit }: Programs): Promise<Starts> {
  const second = async (args: readonly string[]) => {
    await runChild(atExit, args)
    return runChild(atExit, args)
  }
  return { dayseal: await second([dayseal, '--version']), duckdb: await second([duckdb, '1', 'SELECT 1']) }
}
