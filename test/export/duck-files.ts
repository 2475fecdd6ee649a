import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** An in-memory DuckDB that reads exported files, in UTC. */
export interface DuckFiles {
  /** Keeps a file for queries, and returns its path as SQL has it. */
  file(bytes: Uint8Array): Promise<string>
  query(sql: string): Promise<unknown[][]>
  /** How many rows only `a` has, and only `b`, each a FROM clause with the same columns; values are compared with their texts too, which tell −0 from 0. */
  differences(a: string, b: string, columns: readonly string[]): Promise<[number, number]>
  close(): Promise<void>
}

export async function openDuckFiles(): Promise<DuckFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'dayseal-export-'))
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  await connection.run("SET TimeZone = 'UTC'")
  let files = 0
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRows() as unknown[][]
  return {
    query,
    async file(bytes) {
      // A name of its own each time: DuckDB remembers what a file held within one tick of the clock.
      const path = join(directory, String(files++))
      await writeFile(path, bytes)
      return `'${path}'`
    },
    async differences(a, b, columns) {
      const values = columns.map((name) => `"${name}", CAST("${name}" AS VARCHAR)`).join(', ')
      const only = async (one: string, other: string) => {
        const sql = `SELECT ${values} FROM ${one} EXCEPT ALL SELECT ${values} FROM ${other}`
        return Number((await query(`SELECT count(*) FROM (${sql})`))[0]![0])
      }
      return [await only(a, b), await only(b, a)]
    },
    async close() {
      connection.closeSync()
      await rm(directory, { recursive: true })
    },
  }
}
