import { DuckDBInstance } from '@duckdb/node-api'

/* `node bench/peers/duckdb.ts THREADS SQL`: one statement in a new in-memory DuckDB, and the end of the process. */

const [threads, sql] = process.argv.slice(2)
if (threads === undefined || sql === undefined) throw new Error('usage: duckdb.ts THREADS SQL')
const instance = await DuckDBInstance.create(':memory:', { threads })
const connection = await instance.connect()
await connection.run(sql)
connection.closeSync()
instance.closeSync()
