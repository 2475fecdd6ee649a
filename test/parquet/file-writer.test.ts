import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFileWriter } from '../../lib/parquet/file-writer.ts'
import type { ColumnBatch, LeafColumn } from '../../lib/shred/batch.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { narrowed, rowsOf, schemas } from './arbitrary-rows.ts'
import { chunksOf } from './pages.ts'
import {
  arrayBufferOf,
  CREATED_BY,
  type Duck,
  fileOf,
  memorySink,
  openDuck,
  plainRows,
  readWithHyparquet,
} from './read-back.ts'
import { type Row, shred } from './reference-shred.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

const field = (name: string, type: Type) => ({ key: name, name, type })
const one = (type: Type): Schema => [field('c', type)]
const string = { kind: 'string' } as const
const double: Type = { kind: 'double' }
const int: Type = { kind: 'int64', exact: false }
const list = (element: Type): Type => ({ kind: 'list', element })

async function expectReadable(schema: Schema, rows: readonly Row[], bytes: Buffer): Promise<void> {
  const wanted = plainRows(schema, rows)
  expect(await duck.read(schema, bytes)).toEqual(wanted)
  expect(await readWithHyparquet(schema, bytes)).toEqual(wanted)
}

/** The only chunk of a file of one column and one row group. */
async function chunkOf(schema: Schema, rows: readonly Row[]) {
  const bytes = await fileOf(schema, [shred(schema, rows)])
  await expectReadable(schema, rows, bytes)
  return chunksOf(bytes)[0]![0]!
}

/** Deterministic, and not to be compressed. */
function noise(count: number): number[] {
  let state = 1
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  })
}

describe('what is written comes back', () => {
  test('any rows, from hyparquet and from DuckDB, with their types', async () => {
    const groups = (schema: Schema) =>
      fc.array(
        narrowed(schema).chain((early) => rowsOf(early)),
        { minLength: 1, maxLength: 3 },
      )
    const input = schemas(3).chain((schema) => groups(schema).map((batches) => ({ schema, batches })))
    await fc.assert(
      fc.asyncProperty(input, async ({ schema, batches }) => {
        const bytes = await fileOf(
          schema,
          batches.map((rows) => shred(schema, rows)),
        )
        await expectReadable(schema, batches.flat(), bytes)
        chunksOf(bytes)
      }),
      { numRuns: 150 },
    )
  })

  test('null, empty and there are three things, at every level', async () => {
    const inner: Type = {
      kind: 'struct',
      fields: [field('m', { kind: 'map', value: list({ kind: 'struct', fields: [field('x', int)] }) })],
    }
    const schema = one(list(inner))
    const maps = [
      new Map(),
      new Map([['k', null]]),
      new Map([['k', []]]),
      new Map([
        ['k', [null, { x: null }, { x: 1n }]],
        ['', []],
      ]),
    ]
    const rows: Row[] = [
      { c: null },
      { c: [] },
      { c: [null] },
      { c: [{ m: null }] },
      ...maps.map((m) => ({ c: [{ m }, null, { m }] })),
    ]
    await expectReadable(schema, rows, await fileOf(schema, [shred(schema, rows)]))
  })

  test('nesting deeper than any log', async () => {
    let type: Type = string
    let value: Row[string] = 'at the bottom'
    for (let depth = 0; depth < 30; depth++) {
      type = depth % 2 === 0 ? list(type) : { kind: 'struct', fields: [field('s', type)] }
      value = depth % 2 === 0 ? [value, null] : { s: value }
    }
    const rows = [{ c: value }, { c: null }]
    await expectReadable(one(type), rows, await fileOf(one(type), [shred(one(type), rows)]))
  })

  test('names with dots, quotes, and none at all', async () => {
    const schema = ['a.b', '"', '', ' ', 'a'].map((name) => field(name, string))
    const rows = [Object.fromEntries(schema.map(({ name }) => [name, `of ${name}`]))]
    const bytes = await fileOf(schema, [shred(schema, rows)])
    expect(
      parquetMetadata(arrayBufferOf(bytes))
        .schema.slice(1)
        .map(({ name }) => name),
    ).toEqual(schema.map(({ name }) => name))
    expect(await duck.read(schema, bytes)).toEqual(plainRows(schema, rows))
  })

  test('a file without rows has its columns', async () => {
    const bytes = await fileOf(one(int), [shred(one(int), [])])
    expect(parquetMetadata(arrayBufferOf(bytes)).row_groups).toEqual([])
    await expectReadable(one(int), [], bytes)
  })
})

describe('pages', () => {
  test('are V2, about 1 MiB of values each, and begin at a row', async () => {
    const rows = noise(3000).map(
      (seed, i): Row => ({
        c: i % 7 === 0 ? null : Array.from({ length: i % 5 }, (_, j) => `${seed}${j}${'x'.repeat(600)}`),
      }),
    )
    const { meta, pages } = await chunkOf(one(list(string)), rows)
    expect(meta.encodings).toEqual(['PLAIN', 'RLE'])
    expect(pages.length).toBeGreaterThan(2)
    expect(meta.encoding_stats).toEqual([{ page_type: 'DATA_PAGE_V2', encoding: 'PLAIN', count: pages.length }])
    const sum = (of: 'num_rows' | 'num_values' | 'num_nulls') =>
      pages.reduce((total, page) => total + page.data_page_header_v2![of], 0)
    expect(sum('num_rows')).toBe(3000)
    expect(BigInt(sum('num_values'))).toBe(meta.num_values)
    expect(BigInt(sum('num_nulls'))).toBe(meta.statistics?.null_count)
    for (const page of pages.slice(0, -1)) {
      expect(page.uncompressed_page_size).toBeGreaterThan(2 ** 20)
      expect(page.uncompressed_page_size).toBeLessThan(2 ** 20 + 10_000)
    }
  })

  test('a row is never split, however long', async () => {
    const long = noise(200_000)
    const rows = [{ c: long }, { c: [2, 3] }, { c: long.map((x) => x + 1) }, { c: null }]
    const { pages } = await chunkOf(one(list(double)), rows)
    expect(pages.map((page) => page.data_page_header_v2?.num_rows)).toEqual([1, 2, 1])
  })

  test('nulls alone take pages of levels, cut by count', async () => {
    const rows: Row[] = Array.from({ length: 300_000 }, () => ({ c: null }))
    const bytes = await fileOf(one(string), [shred(one(string), rows)])
    const { meta, pages } = chunksOf(bytes)[0]![0]!
    expect(pages.map((page) => page.data_page_header_v2?.num_nulls)).toEqual([2 ** 18, 300_000 - 2 ** 18])
    expect(pages[0]).toMatchObject({ data_page_header_v2: { encoding: 'PLAIN', is_compressed: false } })
    expect(meta.total_compressed_size).toBeLessThan(100n)
    expect(await duck.query('SELECT count(*), count(c) FROM read_parquet(FILE)', bytes)).toEqual([[300_000n, 0n]])
  })

  test('of strings do not end where the values do, but where the rows do', async () => {
    const rows = Array.from({ length: 300 }, (_, i): Row => ({ c: i < 100 ? randomBytes(8).toString('hex') : null }))
    const { pages } = await chunkOf(one(string), rows)
    expect(pages.map((page) => page.data_page_header_v2?.num_nulls)).toEqual([200])
  })

  test('that do not get smaller are stored', async () => {
    const rows = noise(100).map((x) => ({ c: x }))
    const { pages } = await chunkOf(one(double), rows)
    expect(pages.map((page) => page.data_page_header_v2?.is_compressed)).toEqual([false])
    expect(pages[0]?.uncompressed_page_size).toBe(pages[0]?.compressed_page_size)
  })
})

describe('dictionaries', () => {
  const coded = ['PLAIN', 'RLE', 'RLE_DICTIONARY']

  test('of numbers, by their bits', async () => {
    const samples = [...noise(50), -0, 0, 5e-324, Number.MAX_VALUE]
    const rows = noise(5000).map((x) => ({ c: samples[Math.floor(x * samples.length)]! }))
    const { meta, pages } = await chunkOf(one(double), rows)
    expect(meta.encodings).toEqual(coded)
    expect(meta.encoding_stats?.map(({ page_type, count }) => [page_type, count])).toEqual([
      ['DICTIONARY_PAGE', 1],
      ['DATA_PAGE_V2', 1],
    ])
    expect(pages[0]?.dictionary_page_header?.num_values).toBe(samples.length)
    expect(meta.total_compressed_size).toBeLessThan(6000n)
  })

  test('of one value, whose ids have no bits', async () => {
    const { meta } = await chunkOf(
      one(int),
      Array.from({ length: 1000 }, () => ({ c: -(2n ** 63n) })),
    )
    expect(meta.encodings).toEqual(coded)
    expect(meta.total_compressed_size).toBeLessThan(120n)
  })

  test('where a page in the middle has no value', async () => {
    const rows = Array.from({ length: 800_000 }, (_, i) => ({ c: i >= 200_000 && i < 790_000 ? null : BigInt(i % 10) }))
    const schema = one(int)
    const bytes = await fileOf(schema, [shred(schema, rows)])
    const { meta, pages } = chunksOf(bytes)[0]![0]!
    expect(meta.encodings).toEqual(coded)
    expect(pages.map((page) => page.data_page_header_v2?.num_nulls)).toContain(2 ** 18)
    expect(await duck.query('SELECT count(c), sum(c)::BIGINT FROM read_parquet(FILE)', bytes)).toEqual([
      [210_000n, 945_000n],
    ])
    const back = await readWithHyparquet(schema, bytes)
    expect(back.length).toBe(800_000)
    expect([back[200_000], back[500_000], back[799_999]]).toEqual(
      plainRows(schema, [rows[200_000]!, rows[500_000]!, rows[799_999]!]),
    )
  })

  test('are taken only where they make the chunk smaller', async () => {
    // Each value twice, side by side: the ids cost more than a second look at the same bytes.
    const ascending = Array.from({ length: 4000 }, (_, i) => ({ c: (i >> 1) / 8 }))
    expect((await chunkOf(one(double), ascending)).meta.encodings).toEqual(['PLAIN', 'RLE'])
    expect((await chunkOf(one({ kind: 'bool' }), [{ c: true }, { c: true }])).meta.encodings).toEqual(['PLAIN', 'RLE'])
  })
})

describe('the file', () => {
  const schema = [field('id', int), field('tags', list(string)), field('x', double)]
  const batch = (seed: number) =>
    shred(
      schema,
      noise(500).map((x, i) => ({ id: BigInt(i * seed), tags: [`${i % 9}`, `${x}`.slice(0, 3)], x })),
    )

  test('is the same for the same batches, whatever lies behind their counts', async () => {
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const first = sha256(await fileOf(schema, [batch(1), batch(2)]))
    expect(sha256(await fileOf(schema, [batch(1), batch(2)]))).toBe(first)
    expect(sha256(await fileOf(schema, [withJunk(batch(1)), withJunk(batch(2))]))).toBe(first)
    expect(sha256(await fileOf(schema, [batch(2), batch(1)]))).not.toBe(first)
  })

  test('says who wrote it and where its row groups are', async () => {
    const bytes = await fileOf(schema, [batch(1), shred(schema, []), batch(2)])
    const { created_by, num_rows, row_groups } = parquetMetadata(arrayBufferOf(bytes))
    expect([created_by, num_rows]).toEqual([CREATED_BY, 1000n])
    const chunks = chunksOf(bytes)
    for (const [i, group] of row_groups.entries()) {
      const metas = chunks[i]!.map(({ meta }) => meta)
      expect(group).toMatchObject({
        num_rows: 500n,
        file_offset: metas[0]!.dictionary_page_offset ?? metas[0]!.data_page_offset,
        total_compressed_size: metas.reduce((sum, meta) => sum + meta.total_compressed_size, 0n),
        total_byte_size: metas.reduce((sum, meta) => sum + meta.total_uncompressed_size, 0n),
      })
      expect(group.columns.some((column) => column.column_index_offset ?? column.offset_index_offset)).toBe(false)
    }
    for (const { meta, pages } of chunks.flat()) {
      const headers =
        Number(meta.total_compressed_size) - pages.reduce((sum, page) => sum + page.compressed_page_size, 0)
      const uncompressed = pages.reduce((sum, page) => sum + page.uncompressed_page_size, headers)
      expect(meta.total_uncompressed_size).toBe(BigInt(uncompressed))
    }
  })

  test('goes to the sink piece by piece, each awaited, and leaves the arrays free', async () => {
    const wide = one(string)
    const rows = Array.from({ length: 3000 }, () => ({ c: randomBytes(500).toString('latin1') }))
    const wanted = await fileOf(wide, [shred(wide, rows), shred(wide, rows)])
    const sink = memorySink()
    let writing = false
    const slow = {
      async write(bytes: Uint8Array) {
        expect(writing).toBe(false)
        writing = true
        await new Promise((resolve) => setTimeout(resolve, 1))
        await sink.write(bytes)
        writing = false
      },
    }
    const writer = createFileWriter({ schema: wide, sink: slow, createdBy: CREATED_BY })
    for (let i = 0; i < 2; i++) {
      const columns = shred(wide, rows)
      await writer.writeRowGroup(columns)
      overwrite(columns)
    }
    await writer.finish()
    expect(sink.bytes().equals(wanted)).toBe(true)
    expect(Math.max(...sink.sizes)).toBeLessThanOrEqual(2 ** 20)
  })

  test('refuses a batch that does not fit', async () => {
    const writer = createFileWriter({ schema, sink: memorySink(), createdBy: CREATED_BY })
    const good = batch(1)
    const leaf = (i: number, change: Partial<LeafColumn>): ColumnBatch => ({
      ...good,
      leaves: good.leaves.map((column, j) => (j === i ? { ...column, ...change } : column)),
    })
    await expect(writer.writeRowGroup({ ...good, schema: one(int) })).rejects.toThrow('another schema')
    await expect(writer.writeRowGroup({ ...good, leaves: good.leaves.slice(1) })).rejects.toThrow(
      'seen: 2 columns; wanted: 3',
    )
    await expect(writer.writeRowGroup({ ...good, rows: 499 })).rejects.toThrow(
      'column id does not fit its batch; seen: 500 rows; wanted: 499',
    )
    await expect(writer.writeRowGroup(leaf(0, { values: good.leaves[2]!.values }))).rejects.toThrow(
      'column id is not what its schema says',
    )
    await expect(writer.writeRowGroup(leaf(2, { definition: new Uint8Array(500) }))).rejects.toThrow(
      'seen: 500 values; wanted: 0',
    )
    await expect(writer.writeRowGroup({ ...good, schema: structuredClone(schema) })).resolves.toBeUndefined()
  })
})

/** The same batch in arrays that are longer than they are used. */
function withJunk(batch: ColumnBatch): ColumnBatch {
  const longer = <T extends Uint8Array | Uint32Array>(array: T): T => {
    const more = array.constructor as new (length: number) => T
    const copy = new more(array.length + 5).fill(255)
    copy.set(array)
    return copy as T
  }
  const leaves = batch.leaves.map((leaf): LeafColumn => {
    const repetition = leaf.repetition && longer(leaf.repetition)
    const values =
      leaf.values.physical === 'BYTE_ARRAY' ? { ...leaf.values, ids: longer(leaf.values.ids) } : leaf.values
    return { ...leaf, definition: longer(leaf.definition), repetition, values }
  })
  return { ...batch, leaves }
}

function overwrite(batch: ColumnBatch): void {
  for (const { definition, values } of batch.leaves) {
    definition.fill(255)
    if (values.physical === 'BYTE_ARRAY') values.dictionary.bytes.fill(255)
    else if (values.physical === 'INT64') values.values.fill(-1n)
    else values.values.fill(255)
  }
}
