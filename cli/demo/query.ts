import { DuckDBInstance } from '@duckdb/node-api'

/** What DuckDB answers, as text: the names of the columns, then the rows. Paths in `sql` are DuckDB's to open. */
export async function query(sql: string): Promise<readonly (readonly string[])[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    const reader = await connection.runAndReadAll(sql)
    return [reader.columnNames(), ...reader.getRows().map((row) => row.map(String))]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
