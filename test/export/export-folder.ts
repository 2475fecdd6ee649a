import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Format, FormatWriter, OutputFile, WrittenRows } from '../../lib/export/format.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'

/** What a format left in a temporary directory. */
export interface ExportFolder {
  readonly path: string
  readonly rows: WrittenRows
  /** Paths below `path`, in order. The one file of an export is called `file`. */
  readonly files: readonly string[]
  read(file: string): Promise<Buffer>
  remove(): Promise<void>
}

export interface FolderExport {
  readonly root: RowBatch['root']
  readonly batches: Iterable<RowBatch>
  readonly dataset?: string
}

/** Writes batches in a format. The target overwrites nothing. */
export async function exportToFolder<Options>(
  format: Format<Options>,
  options: Options,
  { root, batches, dataset = 'test' }: FolderExport,
): Promise<ExportFolder> {
  const base = await mkdtemp(join(tmpdir(), 'dayseal-export-'))
  const [path, scratch] = [join(base, 'out'), join(base, 'scratch')]
  const remove = () => rm(base, { recursive: true })
  try {
    await mkdir(path)
    await mkdir(scratch)
    const target = { create: () => createFile(path, 'file'), createIn: (file: string) => createFile(path, file) }
    const writer = await format.open(options, { root, dataset, target, scratch, signal: undefined })
    const rows = await writeAll(writer, batches)
    await rm(scratch, { recursive: true })
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(path.length + 1))
    return { path, rows, files: files.sort(), read: (file) => readFile(join(path, file)), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function writeAll(writer: FormatWriter, batches: Iterable<RowBatch>): Promise<WrittenRows> {
  try {
    for (const batch of batches) await writer.write(batch)
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

async function createFile(root: string, file: string): Promise<OutputFile> {
  const path = join(root, file)
  if (dirname(path) !== root && !path.startsWith(`${root}/`)) throw new Error(`${file} leaves the export's folder`)
  await mkdir(dirname(path), { recursive: true })
  const handle = await open(path, 'wx')
  return {
    async write(bytes) {
      await handle.appendFile(bytes)
    },
    close: () => handle.close(),
  }
}
