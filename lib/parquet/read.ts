import { parquetHeader } from 'hyparquet/src/column.js'
import type { PageHeader } from 'hyparquet/src/types.js'
import * as z from 'zod'
import { DaysealError, messageOf } from '../errors.ts'
import type { LeafColumn, LeafValues } from '../shred/batch.ts'
import { isPageCodec, type PageCodec } from './decompress.ts'
import { fromKeyValues, type KeyValues } from './key-values.ts'
import { parseMetadata } from './parse-metadata.ts'
import { type DataPage, decodeDataPage, decodeDictionary, whole } from './read-page.ts'
import { corrupt, leavesOfTree, type ReadLeaf, type RootNode, readTree } from './read-tree.ts'
import { concatBytes, concatValues } from './read-values.ts'

/*
 * Reading for verifying. hyparquet parses the footer and the page headers; levels and values are decoded here, because
 * every count in an altered file must be bounded before it is believed. Memory: the footer, and one column chunk.
 */

/** Random access to a file. */
export interface FileBytes {
  readonly size: number
  /** The bytes of [start, end), which are within the file. */
  read(start: number, end: number): Promise<Uint8Array>
}

export interface Footer {
  readonly rows: number
  readonly createdBy: string | undefined
  /** What the file says of itself besides its columns. */
  readonly keyValues: KeyValues
  readonly root: RootNode
  readonly leaves: readonly ReadLeaf[]
  readonly groups: readonly RowGroup[]
}

export interface RowGroup {
  readonly rows: number
  /** One per leaf, in the leaves' order. */
  readonly chunks: readonly Chunk[]
}

export interface Chunk {
  readonly codec: string
  /** Level entries: values, nulls and empty lists. */
  readonly entries: number
  /** Where its pages are in the file: [start, end). */
  readonly start: number
  readonly end: number
  readonly statistics: Statistics | undefined
}

/** A bound in the column's physical type. */
export type Bound = boolean | bigint | number | Uint8Array

export interface Statistics {
  readonly nullCount: number | undefined
  readonly min: Bound | undefined
  readonly max: Bound | undefined
  /** False where the bound is cut short: it holds, but no value need have it. */
  readonly minExact: boolean
  readonly maxExact: boolean
}

const MAGIC = 0x31524150
const MAX_FOOTER_BYTES = 2 ** 28
/** Most level entries of one chunk. A chunk holds the rows of some 32 MB of JSON, in which an entry takes two bytes or more. */
const MAX_ENTRIES = 2 ** 27

const count = z.bigint().nonnegative().max(BigInt(Number.MAX_SAFE_INTEGER)).transform(Number)
/** A `z.number()` is finite; the bounds of a double need not be. They are never NaN (parquet.thrift, `ColumnOrder`). */
const double = z.union([z.number(), z.literal([Infinity, -Infinity])])
const bound = z.union([z.boolean(), z.bigint(), double, z.instanceof(Uint8Array)]).optional()

/** What is used of hyparquet's `FileMetaData`. In an altered file any member may be missing or of another type. */
const metadataSchema = z.object({
  num_rows: count,
  created_by: z.string().optional(),
  key_value_metadata: z.array(z.object({ key: z.string(), value: z.string().optional() })).optional(),
  row_groups: z.array(
    z.object({
      num_rows: count,
      columns: z.array(
        z.object({
          file_path: z.undefined(),
          meta_data: z.object({
            path_in_schema: z.array(z.string()),
            codec: z.string(),
            num_values: count,
            total_compressed_size: count,
            data_page_offset: count,
            dictionary_page_offset: count.optional(),
            statistics: z
              .object({
                null_count: count.optional(),
                min_value: bound,
                max_value: bound,
                is_min_value_exact: z.boolean().optional(),
                is_max_value_exact: z.boolean().optional(),
              })
              .optional(),
          }),
        }),
      ),
    }),
  ),
})

type Metadata = z.infer<typeof metadataSchema>
type ColumnMetadata = Metadata['row_groups'][number]['columns'][number]['meta_data']

/** Keep statistics as they are stored. */
const RAW_PARSERS = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  stringFromBytes: (bytes: Uint8Array) => bytes,
}

/**
 * Reads and checks a footer: the magic bytes at both ends, the schema in Dayseal's forms, a chunk within the file for
 * every leaf of every row group.
 * @throws DaysealError `corrupt` for a file that is not so; whatever `file.read` throws.
 */
export async function readFooter(file: FileBytes): Promise<Footer> {
  if (file.size < 12) throw corrupt('the file is too short for Parquet', `${file.size} bytes`, 'at least 12')
  const head = await file.read(0, 4)
  const tail = await file.read(file.size - 8, file.size)
  if (uint32(head, 0) !== MAGIC) throw corrupt('the file does not begin as Parquet', hex(head), 'PAR1')
  if (uint32(tail, 4) !== MAGIC) throw corrupt('the file does not end as Parquet', hex(tail.subarray(4)), 'PAR1')
  const length = uint32(tail, 0)
  if (length > file.size - 12 || length > MAX_FOOTER_BYTES) {
    throw corrupt('the footer is larger than the file', `${length} bytes`, `at most ${file.size - 12}`)
  }
  const start = file.size - 8 - length
  const bytes = await file.read(start, file.size)
  const parsed = hostile('the footer', () => parseMetadata(bytes, RAW_PARSERS))
  const root = hostile("the footer's schema", () => readTree(parsed))
  const metadata = metadataSchema.safeParse(parsed)
  if (!metadata.success) throw corrupt('the footer cannot be read', z.prettifyError(metadata.error), 'Parquet metadata')
  const leaves = leavesOfTree(root)
  const groups = metadata.data.row_groups.map((group, index) => readGroup(group, index, leaves, start))
  const { num_rows: rows, created_by: createdBy, key_value_metadata } = metadata.data
  return { rows, createdBy, keyValues: fromKeyValues(key_value_metadata), root, leaves, groups }
}

function readGroup(
  group: Metadata['row_groups'][number],
  index: number,
  leaves: readonly ReadLeaf[],
  footerStart: number,
): RowGroup {
  const columns = group.columns.map(({ meta_data }) => meta_data)
  const seen = columns.map((column) => JSON.stringify(column.path_in_schema))
  const at = leaves.findIndex((leaf, i) => JSON.stringify(leaf.path) !== seen[i])
  if (at >= 0 || seen.length !== leaves.length) {
    const wanted = at < 0 ? `${leaves.length} chunks` : `${JSON.stringify(leaves[at]!.path)} as chunk ${at}`
    throw corrupt(`row group ${index} has other chunks than the schema`, seen[at] ?? `${seen.length} chunks`, wanted)
  }
  return { rows: group.num_rows, chunks: columns.map((column) => readChunkPlace(column, footerStart)) }
}

function readChunkPlace(column: ColumnMetadata, footerStart: number): Chunk {
  const start = Math.min(column.data_page_offset, column.dictionary_page_offset ?? column.data_page_offset)
  const end = start + column.total_compressed_size
  const path = column.path_in_schema.join('.')
  if (start < 4 || end > footerStart) {
    throw corrupt(`a chunk of ${path} is not within the file`, `bytes ${start}–${end}`, `within 4–${footerStart}`)
  }
  if (column.num_values > MAX_ENTRIES) {
    throw corrupt(`a chunk of ${path} claims too many values`, String(column.num_values), `at most ${MAX_ENTRIES}`)
  }
  const stats = column.statistics
  const statistics = stats && {
    nullCount: stats.null_count,
    min: stats.min_value,
    max: stats.max_value,
    minExact: stats.is_min_value_exact !== false,
    maxExact: stats.is_max_value_exact !== false,
  }
  return { codec: column.codec, entries: column.num_values, start, end, statistics }
}

/**
 * Reads one column chunk and decodes every page of it. Values of plain byte-array pages come as a dictionary that may
 * hold a value twice; dictionary entries need not all be in use.
 * @throws DaysealError `corrupt`; whatever `file.read` throws.
 */
export async function readChunk(file: FileBytes, leaf: ReadLeaf, chunk: Chunk, rows: number): Promise<LeafColumn> {
  const { codec } = chunk
  if (!isPageCodec(codec)) throw corrupt('a chunk has an unknown codec', codec, 'ZSTD')
  const bytes = await file.read(chunk.start, chunk.end)
  const pages = decodePages(bytes, leaf, codec, chunk.entries)
  const entries = pages.reduce((sum, page) => sum + page.definition.length, 0)
  const seenRows = pages.reduce((sum, page) => sum + page.rows, 0)
  if (entries !== chunk.entries || seenRows !== rows) {
    const wanted = `${chunk.entries} values in ${rows} rows`
    throw corrupt("a chunk's pages do not add up", `${entries} values in ${seenRows} rows`, wanted)
  }
  return {
    entries,
    definition: concatBytes(pages.map((page) => page.definition)),
    repetition: leaf.maxRepetition === 0 ? undefined : concatBytes(pages.map((page) => page.repetition!)),
    values: concatValues(
      leaf,
      pages.map((page) => page.values),
    ),
  }
}

function decodePages(bytes: Uint8Array, leaf: ReadLeaf, codec: PageCodec, entries: number): DataPage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = { view, offset: 0 }
  const pages: DataPage[] = []
  let dictionary: LeafValues | undefined
  let room = entries
  while (reader.offset < bytes.length) {
    const header: PageHeader = hostile('a page header', () => parquetHeader(reader))
    const end = reader.offset + whole(header.compressed_page_size, 'bytes')
    if (end > bytes.length) throw corrupt('a page reaches beyond its chunk', `byte ${end}`, `at most ${bytes.length}`)
    const body = bytes.subarray(reader.offset, end)
    reader.offset = end
    if (header.type === 'DICTIONARY_PAGE' && dictionary === undefined && pages.length === 0) {
      dictionary = decodeDictionary(header, body, leaf, codec)
    } else if (header.type === 'DATA_PAGE_V2') {
      const page = decodeDataPage(header, body, leaf, codec, dictionary, room)
      room -= page.definition.length
      pages.push(page)
    } else {
      throw corrupt('a chunk has a page that Dayseal does not write', String(header.type), 'DATA_PAGE_V2')
    }
  }
  return pages
}

/** Runs a parser over bytes that may be anything. Whatever it throws is about the bytes. */
function hostile<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof DaysealError) throw error
    const seen = messageOf(error)
    throw new DaysealError('corrupt', `${what} cannot be read`, { seen, cause: error })
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
