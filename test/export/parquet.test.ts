import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FormatOptions } from '../../lib/export/format-options.ts'
import { parquet } from '../../lib/export/formats/parquet.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import type { ByteDictionary, LeafColumn } from '../../lib/shred/batch.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { chunksOf } from '../parquet/pages.ts'
import { type Duck, openDuck, plainRows } from '../parquet/read-back.ts'
import { shred } from '../parquet/reference-shred.ts'
import { rowBatch } from './batch-of.ts'
import { exportToFolder } from './export-folder.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

type Options = FormatOptions<'parquet'>
const CODECS = ['uncompressed', 'snappy', 'gzip', 'brotli', 'lz4_raw', 'zstd'] as const satisfies Options['codec'][]
const one: Options = { format: 'parquet', codec: 'zstd', partitionBy: [] }

function rootOf(schema: Schema): RowBatch['root'] {
  return schemaTree(schema)
}

async function fileOf(schema: Schema, batches: readonly RowBatch[], codec: Options['codec'] = 'zstd'): Promise<Buffer> {
  const folder = await exportToFolder(parquet, { ...one, codec }, { root: rootOf(schema), batches })
  try {
    expect(folder.files).toEqual(['file'])
    expect(folder.rows).toEqual({ rows: batches.reduce((sum, { rows }) => sum + rows, 0), leftOut: {} })
    return await folder.read('file')
  } finally {
    await folder.remove()
  }
}

describe('one file', () => {
  test('has the rows of all batches, in any codec', async () => {
    const input = schemas(3).chain((schema) =>
      fc.array(rowsOf(schema, 20), { maxLength: 4 }).map((batches) => ({ schema, batches })),
    )
    await fc.assert(
      fc.asyncProperty(input, fc.constantFrom(...CODECS), async ({ schema, batches }, codec) => {
        const some = batches.filter((rows) => rows.length > 0)
        const bytes = await fileOf(
          schema,
          some.map((rows) => rowBatch(shred(schema, rows), '2025-03-14')),
          codec,
        )
        expect(await duck.read(schema, bytes)).toEqual(plainRows(schema, some.flat()))
        for (const { meta } of chunksOf(bytes).flat()) expect(meta.codec).toBe(codec.toUpperCase())
      }),
      { numRuns: 80 },
    )
  })

  test.each(CODECS)('without rows it has the columns: %s', async (codec) => {
    const schema: Schema = [
      { key: 'a', name: 'a', type: { kind: 'int64', exact: true } },
      { key: 'l', name: 'l', type: { kind: 'list', element: { kind: 'string' } } },
    ]
    const bytes = await fileOf(schema, [], codec)
    expect(await duck.query('SELECT column_name, column_type FROM (DESCRIBE FROM FILE)', bytes)).toEqual([
      ['a', 'BIGINT'],
      ['l', 'VARCHAR[]'],
    ])
    expect(await duck.query('SELECT count(*) FROM FILE', bytes)).toEqual([[0n]])
  })

  test('without columns there is none', async () => {
    await expect(exportToFolder(parquet, one, { root: rootOf([]), batches: [] })).rejects.toThrow(
      'a Parquet file needs at least one column; seen: none',
    )
  })
})

const TEXT: Schema = [{ key: 's', name: 's', type: { kind: 'string' } }]

/** Entries may be equal, and need not be in use. */
function textBatch(dictionary: ByteDictionary, ids: readonly number[]): RowBatch {
  const entries = ids.length
  const leaf: LeafColumn = {
    entries,
    definition: new Uint8Array(entries).fill(1),
    repetition: undefined,
    values: { physical: 'BYTE_ARRAY', count: entries, ids: Uint32Array.from(ids), dictionary },
  }
  return { root: rootOf(TEXT), rows: entries, leaves: [leaf], date: '2025-03-14' }
}

function dictionaryOf(texts: readonly string[]): ByteDictionary {
  const offsets = new Uint32Array(texts.length + 1)
  texts.forEach((text, i) => {
    offsets[i + 1] = offsets[i]! + Buffer.byteLength(text)
  })
  return { count: texts.length, distinct: false, bytes: Buffer.from(texts.join('')), offsets }
}

describe('a column whose batches share a dictionary', () => {
  test('has statistics and a dictionary of the values that are there', async () => {
    const shared = dictionaryOf(['unused a', 'x', 'm', 'x', 'unused z', 'n'])
    const other = dictionaryOf(['n', 'unused 0', 'm'])
    const rows = (ids: readonly number[]) => Array.from({ length: 40 }, () => ids).flat()
    const batches = [
      textBatch(shared, rows([1, 2, 3])),
      textBatch(shared, rows([5, 3])),
      textBatch(other, rows([2, 0])),
    ]
    const bytes = await fileOf(TEXT, batches)
    const [chunk] = chunksOf(bytes).flat()
    expect(chunk!.meta.statistics).toMatchObject({ null_count: 0n, min_value: 'm', max_value: 'x' })
    expect(chunk!.pages[0]!.dictionary_page_header?.num_values).toBe(3)
    const seen = await duck.query("SELECT string_agg(s, '') FROM FILE", bytes)
    expect(seen).toEqual([['xmx'.repeat(40) + 'nx'.repeat(40) + 'mn'.repeat(40)]])
  })

  test('in row groups of their own, has the right values in each', async () => {
    const shared = dictionaryOf(['a', 'b', 'c'])
    const rows = (...ids: readonly number[]) => textBatch(shared, Array.from({ length: 50_000 }, () => ids).flat())
    const bytes = await fileOf(TEXT, [rows(0, 1), rows(2, 1), rows(1, 2)])
    const counts = await duck.query('SELECT s, count(*) FROM FILE GROUP BY s ORDER BY s', bytes)
    expect(counts).toEqual([
      ['a', 50_000n],
      ['b', 150_000n],
      ['c', 100_000n],
    ])
    expect(chunksOf(bytes).map(([chunk]) => chunk!.meta.statistics?.min_value)).toEqual(['a', 'b', 'b'])
  })
})

/** Rows of a number and a text, by the hundred thousand. */
const WIDE: Schema = [
  { key: 'n', name: 'n', type: { kind: 'int64', exact: true } },
  { key: 's', name: 's', type: { kind: 'string' } },
]
function wideBatch(start: number, rows: number, text: (n: number) => string): RowBatch {
  const levels = { entries: rows, definition: new Uint8Array(rows).fill(1), repetition: undefined }
  const numbers = Array.from({ length: rows }, (_, i) => start + i)
  const dictionary = dictionaryOf(numbers.map(text))
  const leaves: LeafColumn[] = [
    { ...levels, values: { physical: 'INT64', count: rows, values: BigInt64Array.from(numbers, BigInt) } },
    {
      ...levels,
      values: { physical: 'BYTE_ARRAY', count: rows, ids: Uint32Array.from({ length: rows }, (_, i) => i), dictionary },
    },
  ]
  return { root: rootOf(WIDE), rows, leaves, date: '2025-03-14' }
}

describe('row groups', () => {
  const sizes = async (bytes: Buffer) =>
    duck.query('SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata(FILE) ORDER BY 1', bytes)

  test('have at most 122,880 rows, or those of one batch', async () => {
    const batches = [0, 1, 2].map((i) => wideBatch(i * 50_000, 50_000, (n) => `text ${n % 7}`))
    const bytes = await fileOf(WIDE, [...batches, wideBatch(150_000, 130_000, String)])
    expect(await sizes(bytes)).toEqual([
      [0n, 100_000n],
      [1n, 50_000n],
      [2n, 130_000n],
    ])
    expect(await duck.query('SELECT count(*), sum(n), count(DISTINCT n) FROM FILE', bytes)).toEqual([
      [280_000n, (280_000n * 279_999n) / 2n, 280_000n],
    ])
  })

  test('end at 32 MiB of columns', async () => {
    const long = 'x'.repeat(10_000)
    const batches = Array.from({ length: 10 }, (_, i) => wideBatch(i * 1_000, 1_000, (n) => `${n}${long}`))
    expect(await sizes(await fileOf(WIDE, batches))).toEqual([
      [0n, 4_000n],
      [1n, 4_000n],
      [2n, 2_000n],
    ])
  })
})
