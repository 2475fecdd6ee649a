import type { ColumnMetaData } from 'hyparquet'
import { expect, it } from 'vitest'
import { type JoinPart, openPart } from '../../lib/parquet/part.ts'
import { strangeField } from '../../lib/parquet/part-metadata.ts'
import type { PhysicalType } from '../../lib/parquet/schema.ts'

const BOUNDS = { BOOLEAN: true, INT64: 7n, DOUBLE: 0.5, BYTE_ARRAY: Uint8Array.of(1) } as const

/** What hyparquet makes of a chunk that Dayseal wrote. */
function metadata(type: PhysicalType, bound: unknown = BOUNDS[type]) {
  return {
    type,
    codec: 'ZSTD',
    path_in_schema: ['a', 'list', 'element'],
    encodings: ['PLAIN', 'RLE'],
    num_values: 3n,
    total_uncompressed_size: 100n,
    total_compressed_size: 90n,
    data_page_offset: 50n,
    dictionary_page_offset: 4n as bigint | undefined,
    statistics: {
      null_count: 0n,
      min_value: bound,
      max_value: bound,
      is_min_value_exact: true as boolean | undefined,
      is_max_value_exact: false as boolean | undefined,
    },
    encoding_stats: [{ page_type: 'DATA_PAGE_V2', encoding: 'PLAIN', count: 1 }],
  }
}

type Metadata = ReturnType<typeof metadata>

const strange = (meta: unknown, type: PhysicalType) => strangeField(meta as ColumnMetaData, type)
const INT64 = metadata('INT64')
const withStatistics = (more: object) => ({ ...INT64, statistics: { ...INT64.statistics, ...more } })

it.each(['BOOLEAN', 'INT64', 'DOUBLE', 'BYTE_ARRAY'] as const)(
  'metadata of %s as Dayseal writes it is not strange',
  (type) => {
    expect(strange(metadata(type), type)).toBeUndefined()
    const { statistics, ...more } = metadata(type)
    expect(
      strange({ ...more, dictionary_page_offset: undefined, statistics: { null_count: 3n } }, type),
    ).toBeUndefined()
  },
)

it.each<[string, Partial<Record<keyof Metadata, unknown>>]>([
  ['type', { type: 'INT32' }],
  ['codec', { codec: 'GZIP' }],
  ['path_in_schema', { path_in_schema: undefined }],
  ['path_in_schema', { path_in_schema: [1] }],
  ['encodings', { encodings: [undefined] }],
  ['num_values', { num_values: 3 }],
  ['num_values', { num_values: -1n }],
  ['num_values', { num_values: 2n ** 31n + 1n }],
  ['total_uncompressed_size', { total_uncompressed_size: -1n }],
  ['total_compressed_size', { total_compressed_size: undefined }],
  ['data_page_offset', { data_page_offset: 4 }],
  ['dictionary_page_offset', { dictionary_page_offset: -4n }],
  ['encoding_stats', { encoding_stats: undefined }],
  ['encoding_stats', { encoding_stats: [undefined] }],
  ['encoding_stats', { encoding_stats: [{ page_type: 0, encoding: 'PLAIN', count: 1 }] }],
  ['encoding_stats', { encoding_stats: [{ page_type: 'DATA_PAGE_V2', encoding: undefined, count: 1 }] }],
  ['encoding_stats', { encoding_stats: [{ page_type: 'DATA_PAGE_V2', encoding: 'PLAIN', count: 0.5 }] }],
  ['statistics.(none)', { statistics: undefined }],
  ['statistics.null_count', withStatistics({ null_count: undefined })],
  ['statistics.null_count', withStatistics({ null_count: -1n })],
  ['statistics.is_min_value_exact', withStatistics({ is_min_value_exact: 1 })],
  ['statistics.is_max_value_exact', withStatistics({ is_max_value_exact: 'no' })],
])('another %s is found', (field, changed) => {
  expect(strange({ ...INT64, ...changed }, 'INT64')).toBe(field)
})

it.each<[PhysicalType, unknown]>([
  ['BOOLEAN', 1],
  ['INT64', 7],
  ['DOUBLE', 7n],
  ['DOUBLE', Number.NaN],
  ['DOUBLE', Number.POSITIVE_INFINITY],
  ['BYTE_ARRAY', 'text'],
])('another bound of %s is found', (type, bound) => {
  expect(strange(metadata(type, bound), type)).toBe('statistics.min_value')
  const { statistics, ...more } = metadata(type)
  expect(strange({ ...more, statistics: { ...statistics, max_value: bound } }, type)).toBe('statistics.max_value')
})

it('a part that is closed holds nothing any more', async () => {
  const bytes = Buffer.alloc(100, 7)
  const stored: JoinPart = {
    name: 'a',
    size: bytes.length,
    rows: 0,
    schema: [],
    async *read(start, end) {
      yield bytes.subarray(start, end)
    },
  }
  const { part, close } = await openPart(stored)
  const length = async () => {
    let sum = 0
    for await (const piece of part.read(10, 20)) sum += piece.length
    return sum
  }
  expect(await length()).toBe(10)
  close()
  await expect(length()).rejects.toThrow('detached')
})
