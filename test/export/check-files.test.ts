import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBack } from '../../lib/export/check/read-back.ts'
import { type FormatOptions, formatOptions } from '../../lib/export/format-options.ts'
import { fieldsOfNode, leavesOfTree } from '../../lib/parquet/read-tree.ts'
import { formatPath } from '../../lib/path-pattern.ts'
import { exportRows } from './export-rows.ts'
import { sampleRows } from './sample-rows.ts'
import { type Batches, DATASET, digestOf, writeIfPossible } from './write-export.ts'

type Files = ReadonlyMap<string, Buffer>

/** Puts the files into a folder, and reads them back. */
async function readFiles(options: FormatOptions, [batch]: Batches, files: Files) {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-check-files-'))
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), bytes)
    }
    const spec = { format: options, columns: fieldsOfNode(batch.root), dataset: DATASET, signal: undefined }
    return await readBack(spec, { kind: 'files', folder, paths: [...files.keys()] })
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function write(options: FormatOptions, batches: Batches): Promise<Files | undefined> {
  const written = await writeIfPossible(options, batches)
  return written && new Map([...written.files].map(([path, bytes]) => [path === '' ? 'one-file' : path, bytes]))
}

async function assertReadBack(options: FormatOptions, batches: Batches, files: Files): Promise<void> {
  const { problems, problemCount: _, ...seen } = await readFiles(options, batches, files)
  expect(problems).toEqual([])
  expect(seen).toEqual(digestOf(batches))
}

/** Whether the files are seen to be others. */
async function isFound(options: FormatOptions, batches: Batches, files: Files): Promise<boolean> {
  const { problemCount, digest } = await readFiles(options, batches, files)
  return problemCount > 0 || digest !== digestOf(batches).digest
}

describe('parquet', () => {
  const CODECS = ['uncompressed', 'snappy', 'gzip', 'brotli', 'lz4_raw', 'zstd'] as const

  test.each(CODECS)('%s is read back as it was written', async (codec) => {
    const options = formatOptions.parse({ format: 'parquet', codec })
    await fc.assert(
      fc.asyncProperty(exportRows, async (batches) => {
        const files = await write(options, batches)
        fc.pre(files !== undefined)
        await assertReadBack(options, batches, files)
      }),
      { numRuns: 15 },
    )
  })

  test('folders are read back as columns', async () => {
    const cases = exportRows.chain((batches) => {
      const scalars = leavesOfTree(batches[0].root).filter(({ maxRepetition }) => maxRepetition === 0)
      const paths = scalars.map(({ steps }) => formatPath(steps))
      return fc.tuple(
        fc.constant(batches),
        fc.subarray([...paths, 'date'], { minLength: 1, maxLength: Math.min(2, paths.length + 1) }),
      )
    })
    await fc.assert(
      fc.asyncProperty(cases, async ([batches, partitionBy]) => {
        const options = formatOptions.parse({ format: 'parquet', partitionBy })
        const files = await write(options, batches)
        fc.pre(files !== undefined)
        await assertReadBack(options, batches, files)
      }),
      { numRuns: 40 },
    )
  })

  test('a file that is moved, missing, cut, there twice or in another form is found', async () => {
    const batches = sampleRows()
    const options = formatOptions.parse({ format: 'parquet', partitionBy: ['yes', 'date'] })
    const files = (await write(options, batches))!
    await assertReadBack(options, batches, files)
    const [[path, bytes], [otherPath, otherBytes]] = [...files] as [[string, Buffer], [string, Buffer]]
    const altered: [string, [string, Buffer][]][] = [
      [
        'in each other’s folder',
        [
          [path, otherBytes],
          [otherPath, bytes],
        ],
      ],
      ['missing', [[path, bytes]]],
      [
        'cut',
        [
          [path, bytes],
          [otherPath, otherBytes.subarray(0, -1)],
        ],
      ],
      ['twice', [...files, [path.replace('part-0', 'part-1'), bytes]]],
      [
        'in no folder',
        [
          [path, bytes],
          ['part-0.parquet', otherBytes],
        ],
      ],
      [
        'in a folder of no column',
        [
          [path, bytes],
          [`x=1/${otherPath}`, otherBytes],
        ],
      ],
      [
        'in a folder of a value of another kind',
        [
          [path, bytes],
          [otherPath.replace(/yes=\w+/, 'yes=1'), otherBytes],
        ],
      ],
      [
        'of another form',
        [
          [path, bytes],
          [otherPath, (await write(formatOptions.parse('parquet'), batches))!.get('one-file')!],
        ],
      ],
    ]
    for (const [what, entries] of altered) {
      expect({ what, found: await isFound(options, batches, new Map(entries)) }).toEqual({ what, found: true })
    }
  })
})

describe('sqlite', () => {
  const OPTIONS = formatOptions.parse('sqlite')

  test('is read back as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(exportRows, async (batches) => {
        const files = await write(OPTIONS, batches)
        fc.pre(files !== undefined)
        await assertReadBack(OPTIONS, batches, files)
      }),
      { numRuns: 60 },
    )
  })

  test('its values are the export’s, or it is found', async () => {
    const batches = sampleRows()
    const bytes = (await write(OPTIONS, batches))!.get('one-file')!
    await assertReadBack(OPTIONS, batches, new Map([['one-file', bytes]]))
    const statements = [
      `DELETE FROM "tier ""3""" WHERE rowid = 3`,
      `INSERT INTO "tier ""3""" SELECT * FROM "tier ""3""" WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET whole = whole + 1 WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET whole = 'x' WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET yes = 2 WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET text = CAST(text AS BLOB) WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET text = '' WHERE text IS NULL OR rowid = 3`,
      `UPDATE "tier ""3""" SET quoted = NULL WHERE quoted = ''`,
      `UPDATE "tier ""3""" SET mixed = mixed || ' ' WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET counts = '{"z":1' WHERE rowid = 3`,
      `UPDATE "tier ""3""" SET text = (SELECT text FROM "tier ""3""" t WHERE t.rowid = 7 - "tier ""3""".rowid) WHERE rowid IN (3, 4)`,
      `ALTER TABLE "tier ""3""" ADD COLUMN more TEXT`,
      `ALTER TABLE "tier ""3""" DROP COLUMN whole`,
      `ALTER TABLE "tier ""3""" RENAME TO other`,
      `CREATE TABLE other (x)`,
      `CREATE TABLE dayseal_negative_zero (row INTEGER, "column" TEXT); INSERT INTO dayseal_negative_zero VALUES (3, 'real')`,
      `CREATE TABLE dayseal_negative_zero (row INTEGER, "column" TEXT); INSERT INTO dayseal_negative_zero VALUES (99, 'real')`,
      `UPDATE dayseal_export SET value = '[]' WHERE key = 'columns'`,
    ]
    for (const sql of statements) {
      const altered = new Map([['one-file', await execute(bytes, sql)]])
      expect({ sql, found: await isFound(OPTIONS, batches, altered) }).toEqual({ sql, found: true })
    }
  })

  test('a file that is cut, longer or none is found', async () => {
    const batches = sampleRows()
    const bytes = (await write(OPTIONS, batches))!.get('one-file')!
    const flipped = Buffer.from(bytes)
    flipped[bytes.length - 10]! ^= 1
    const altered = [
      bytes.subarray(0, 0),
      bytes.subarray(0, 50),
      bytes.subarray(0, bytes.length - 4096),
      Buffer.concat([bytes, Buffer.alloc(4096)]),
      Buffer.concat([bytes, Buffer.from('x')]),
      Buffer.from('no database'.repeat(1000)),
      flipped,
    ]
    for (const [i, file] of altered.entries()) {
      expect({ i, found: await isFound(OPTIONS, batches, new Map([['one-file', file]])) }).toEqual({ i, found: true })
    }
  })
})

/** The database after a statement. */
async function execute(bytes: Buffer, sql: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-check-sqlite-'))
  try {
    const path = join(folder, 'database')
    await writeFile(path, bytes)
    const database = new DatabaseSync(path)
    database.exec(sql)
    database.close()
    return await readFile(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
