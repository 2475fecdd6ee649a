import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DaysealError } from '../../errors.ts'
import { fieldsOfNode, type RootNode } from '../../parquet/read-tree.ts'
import { faultsAs } from '../../store/storage-fault.ts'
import { CREATED_BY } from '../../version.ts'
import type { Format, FormatWriter, OutputFile, WriterSpec } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { findColumn } from '../rows/find-column.ts'
import { foldCase, type SqliteColumn, sqliteColumns } from './sqlite-column.ts'
import { ABOUT_TABLE, createTable, NEGATIVE_ZERO_TABLE, type TablePlan } from './sqlite-table.ts'

const COPY_BYTES = 2 ** 20

/**
 * A database of SQLite 3 with one table. INTEGER is an int64 or a bool (0 and 1), REAL a double; TEXT is a string, the
 * text of a json value, a timestamp (`2025-03-14T01:02:03.000004Z`) or the JSON text of a list or map. Fields of structs are columns
 * with dotted names. Texts are whole, with any NUL: a tool that stops there shows all by `CAST(column AS BLOB)`. Row ids
 * count from 1 in the order of rows. The same rows give the same bytes. The table `dayseal_export` has the columns' types.
 */
export const sqlite: Format<FormatOptions<'sqlite'>> = {
  extension: 'sqlite',
  mimeType: 'application/vnd.sqlite3',
  compressible: false,
  async open({ table, indexes }, spec) {
    const columns = sqliteColumns(spec.root)
    const about = { created_by: CREATED_BY, dataset: spec.dataset, columns: JSON.stringify(fieldsOfNode(spec.root)) }
    const named = { table: tableName(table ?? spec.dataset), indexes: indexedColumns(spec.root, columns, indexes) }
    return writeDatabase({ ...named, columns, about }, spec)
  },
}

function tableName(name: string): string {
  const taken = [ABOUT_TABLE, NEGATIVE_ZERO_TABLE]
  if (!name.includes('\0') && !/^sqlite_/i.test(name) && !taken.includes(foldCase(name))) return name
  throw new DaysealError('usage', 'the table cannot have this name', {
    seen: JSON.stringify(name),
    wanted: `a name without NUL, not sqlite_…, and none of ${taken.join(', ')}`,
    hint: 'set the option `table`',
  })
}

function indexedColumns(root: RootNode, columns: readonly SqliteColumn[], paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => {
    const node = findColumn(root, path, 'indexes')
    const column = columns.find((candidate) => candidate.node === node)
    if (column !== undefined) return column.name
    throw new DaysealError('usage', `indexes: ${path} is no column of the table`, {
      seen: node.repetition > 0 ? `a ${node.kind} inside a list or map` : `a ${node.kind}`,
      wanted: 'a column with one value per row',
    })
  })
  return [...new Set(names)]
}

/** Memory: that of `createTable`, and 1 MiB. Disk: the database, which goes to the target once it is whole. */
async function writeDatabase(plan: TablePlan, { target, scratch, signal }: WriterSpec): Promise<FormatWriter> {
  const path = join(scratch, 'export.sqlite')
  const table = createTable(path, plan)
  return {
    async write(batch) {
      signal?.throwIfAborted()
      table.write(batch)
    },
    async finish() {
      table.finish()
      const output = await target.create()
      await copyFile(path, output, signal)
      await output.close()
      return { rows: table.rows, leftOut: {} }
    },
    async abort() {
      table.close()
    },
  }
}

async function copyFile(path: string, output: OutputFile, signal: AbortSignal | undefined): Promise<void> {
  const faults = <T>(act: () => Promise<T>) => faultsAs('the scratch database cannot be read', act)
  const file = await faults(() => open(path))
  try {
    const bytes = new Uint8Array(COPY_BYTES)
    while (true) {
      signal?.throwIfAborted()
      const { bytesRead } = await faults(() => file.read(bytes, 0, bytes.length))
      if (bytesRead === 0) return
      await output.write(bytes.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}
