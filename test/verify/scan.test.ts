import { zstdCompressSync } from 'node:zlib'
import type { ColumnMetaData } from 'hyparquet/src/types.js'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { type FieldJson, schemaFromJson } from '../../lib/shred/schema-json.ts'
import { earlierElements } from '../parquet/earlier-file.ts'
import type { FixtureRow } from './parquet-file.ts'
import { sealedDay } from './sealed-day.ts'
import { notPassed, verifyDay } from './verify-day.ts'

const schema: FieldJson[] = [
  { name: 'id', type: 'int64' },
  { name: 'name', type: 'string' },
  { name: 'at', type: 'timestamp' },
  { name: 'ok', type: 'bool' },
  { name: 'share', type: 'double' },
  { name: 'any', type: 'json' },
  {
    name: 'meta',
    type: {
      struct: [
        { name: 'a', type: 'int64' },
        { name: 'b', type: { list: 'int64' } },
      ],
    },
  },
  {
    name: 'other',
    type: {
      struct: [
        { name: 'a', type: 'int64' },
        { name: 'b', type: { list: 'int64' } },
      ],
    },
  },
]
const rows: FixtureRow[] = [
  { id: 1n, name: 'a', at: 5n, ok: false, share: -0, any: { z: 1 }, meta: { a: 1n, b: [] }, other: null },
  {
    id: -2n,
    name: 'a name that is longer than sixteen bytes',
    at: 6n,
    ok: true,
    share: 2,
    any: [1],
    meta: null,
    other: { a: 1n, b: [1n] },
  },
  {
    id: null,
    name: 'é',
    at: 5n,
    ok: true,
    share: null,
    any: 1,
    meta: { a: null, b: [1n, 2n] },
    other: { a: 2n, b: null },
  },
]

/** A day whose Parquet file lies: `lie` gets the metadata of the chunks before the footer is written. */
async function lyingDay(lie: (chunks: ReadonlyMap<string, ColumnMetaData>) => void): Promise<string[]> {
  const parquet = (groups: readonly (readonly FixtureRow[])[]) => {
    const writer = new ByteWriter()
    const compressors = { ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)) }
    const file = new ParquetWriter({
      writer,
      schema: earlierElements(schemaFromJson(schema)),
      codec: 'ZSTD',
      compressors,
    })
    const data = groups.flat()
    const columnData = schema.map(({ name }) => ({ name, data: data.map((row) => row[name]), offsetIndex: false }))
    file.write({ columnData, rowGroupSize: data.length })
    lie(new Map(file.row_groups[0]!.columns.map(({ meta_data }) => [meta_data!.path_in_schema.join('.'), meta_data!])))
    file.finish()
    return new Uint8Array(writer.getBuffer())
  }
  const lines = { '00': rows.map((row) => ({ text: '{}', row })) }
  return notPassed(await verifyDay(sealedDay({ schema, lines, parquet }), { archive: undefined }))
}

describe('statistics', () => {
  it('of an honest file agree, cut bounds included', async () => {
    expect(await lyingDay(() => {})).toEqual([])
  })

  it.each<[string, string, object, string]>([
    ['a null count', 'id', { null_count: 0n }, 'null_count 0 of 1'],
    ['a null count in a list', 'meta.b.list.element', { null_count: 1n }, 'null_count 1 of 2'],
    ['a minimum', 'id', { min_value: -3n }, 'min -3 of -2'],
    ['a minimum above', 'id', { min_value: -1n }, 'min -1 of -2'],
    ['a maximum', 'share', { max_value: 1.5 }, 'max 1.5 of 2'],
    ['a text', 'name', { min_value: 'b' }, 'min "b" of "a"'],
    ['a text below', 'name', { max_value: 'a' }, 'max "a" of "é"'],
    ['a truth', 'ok', { min_value: true }, 'min true of false'],
    ['an instant', 'at', { max_value: 7n }, 'max 7 of 6'],
    ['a bound that claims to be exact', 'name', { max_value: 'ë', is_max_value_exact: true }, 'max "ë" of "é"'],
    ['a bound that is cut the wrong way', 'name', { max_value: 'b', is_max_value_exact: false }, 'max "b" of "é"'],
    ['a bound of JSON', 'any', { min_value: new TextEncoder().encode('0') }, 'min "0" of "1"'],
  ])('that lie about %s are found', async (_, path, lie, problem) => {
    const column = path.replace('.list.element', '[]')
    const found = await lyingDay((chunks) => Object.assign(chunks.get(path)!.statistics!, lie))
    expect(found).toEqual([`failed statistics.footer: row group 0, ${column}: ${problem}`])
  })

  it('whose bounds are cut short but hold are right', async () => {
    const cut = { min_value: 'A', is_min_value_exact: false, max_value: 'ë', is_max_value_exact: false }
    expect(await lyingDay((chunks) => Object.assign(chunks.get('name')!.statistics!, cut))).toEqual([])
  })

  it('may be missing', async () => {
    const forget = (chunks: ReadonlyMap<string, ColumnMetaData>) => {
      for (const chunk of chunks.values()) delete chunk.statistics
    }
    expect(await lyingDay(forget)).toEqual([])
  })
})

describe('pages', () => {
  it.each<[string, (chunk: ColumnMetaData) => void, string]>([
    [
      'more values than there are',
      (chunk) => (chunk.num_values += 1n),
      'pages do not add up; seen: 3 values in 3 rows',
    ],
    ['fewer values', (chunk) => (chunk.num_values -= 1n), 'more values than its chunk'],
    ['a shorter chunk', (chunk) => (chunk.total_compressed_size -= 1n), 'reaches beyond its chunk'],
    ['values of 2^40', (chunk) => (chunk.num_values = 2n ** 40n), 'claims too many values'],
    ['a chunk beyond the file', (chunk) => (chunk.data_page_offset = 10n ** 9n), 'not within the file'],
    ['another codec', (chunk) => (chunk.codec = 'GZIP'), 'GZIP'],
  ])('under a footer that claims %s fail', async (_, lie, problem) => {
    const found = await lyingDay((chunks) => lie(chunks.get('id')!))
    expect(found.join()).toContain(problem)
  })

  it.each([
    ['a', 'a'],
    ['b.list.element', 'b[]'],
  ])('of meta.%s that tell another shape than the leaves beside them are found', async (leaf, column) => {
    const places = [
      'data_page_offset',
      'dictionary_page_offset',
      'total_compressed_size',
      'num_values',
      'statistics',
    ] as const
    const found = await lyingDay((chunks) => {
      const other = chunks.get(`other.${leaf}`)!
      Object.assign(chunks.get(`meta.${leaf}`)!, Object.fromEntries(places.map((place) => [place, other[place]])))
    })
    expect(found).toEqual([
      expect.stringMatching(/^failed parquet.pages: row 0: .*the leaves of "meta" disagree/),
      `failed parquet.levels: row group 0, meta.${column === 'a' ? 'b[]' : column}`,
    ])
  })
})
