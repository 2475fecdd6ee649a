import type { ColumnChunk, ColumnMetaData, CompressionCodec, Statistics } from 'hyparquet'
import { DaysealError } from '../errors.ts'
import type { LeafColumn, LeafValues } from '../shred/batch.ts'
import type { Levels } from '../shred/null-levels.ts'
import { type Codec, ZSTD } from './codec.ts'
import { encodeDelta, isDeltaBelow } from './delta.ts'
import { type Dictionary, dictionaryOf } from './dictionary.ts'
import { encoder, fill, rooms } from './encoder.ts'
import {
  type DataEncoding,
  dataPage,
  dictionaryPage,
  type Page,
  type PageForm,
  type PageRange,
  storedSize,
} from './page.ts'
import { encodePlain, plainBytes } from './plain.ts'
import { bitWidth, encodeHybrid } from './rle.ts'
import type { Leaf } from './schema.ts'
import { statisticsOf } from './statistics.ts'

/** The bytes of a column chunk and what the footer says of it. A function of its input alone. */
export interface EncodedChunk {
  readonly pieces: readonly Uint8Array[]
  readonly size: number
  readonly codec: CompressionCodec
  /** Of the data pages. */
  readonly encoding: DataEncoding
  readonly uncompressedSize: number
  readonly rows: number
  readonly entries: number
  /** The dictionary page's size; 0 without one. */
  readonly dictionarySize: number
  readonly dataPages: number
  readonly statistics: Statistics
}

/** A page ends at the first row at or beyond so many bytes of encoded values, or so many entries. */
const PAGE_BYTES = 2 ** 20
const PAGE_ENTRIES = 2 ** 18
const MAX_INT = 2 ** 31 - 1

/** A dictionary is taken without trying PLAIN when, before compression, it is this much smaller. */
const CLEARLY_SMALLER = 1 / 8

/** For less than this in PLAIN trying both would cost more time than it can save bytes: sizes before compression decide. */
const WORTH_TRYING = 2 ** 14
const SMALLER = 1 / 2

/** PLAIN and dictionaries are read faster than differences, and by more readers. */
const WORTH_DECODING = 0.95
/** One page may hold so many, if they are in one row, and its memory stays with the thread: 16 MiB, twice. */
const MOST_DIFFERENCES = 2 ** 21

/** Both ways are tried with a 16th of the values first, if it is so many. */
const SAMPLE = 16
const MIN_SAMPLE = 2_048
const CLEARLY = 0.9

/**
 * Encodes a column in the way that makes the compressed chunk smallest: PLAIN, with a dictionary, or integers as differences.
 * Holds the encoded chunk in memory, twice where two ways are tried. The pieces are the caller's own.
 * @throws DaysealError `internal` when levels and values do not belong together.
 */
export function encodeChunk(leaf: Leaf, column: LeafColumn, codec: Codec = ZSTD): EncodedChunk {
  const { values } = column
  if (values.physical !== leaf.physical || (leaf.maxRepetition === 0 && column.repetition !== undefined)) {
    throw new DaysealError('internal', `column ${leaf.path.join('.')} is not what its schema says`)
  }
  const pages = valuePages({ leaf, codec }, column)
  return { ...pages, statistics: statisticsOf(leaf, values, column.entries) }
}

/** Encodes a column without any value: levels alone. `encodeChunk` gives the same bytes for a column that has none. */
export function encodeNullChunk(leaf: Leaf, levels: Levels): EncodedChunk {
  const pages = encodePages({ leaf, codec: ZSTD }, levels, NO_VALUES, 0)
  return { ...pages, statistics: { null_count: BigInt(levels.entries) } }
}

type EncodedPages = Omit<EncodedChunk, 'statistics'>

function valuePages(form: PageForm, column: LeafColumn): EncodedPages {
  const { values } = column
  if (values.count === 0) return encodePages(form, column, NO_VALUES, 0)
  const usual = usualPages(form, column)
  if (values.physical !== 'INT64' || values.count > MOST_DIFFERENCES || plainBytes(values) < WORTH_TRYING) return usual
  const limit = usual.size * WORTH_DECODING
  // Differences hardly compress any more.
  if (!isDeltaBelow(values.values, values.count, limit)) return usual
  const deltas = encodePages(form, column, deltaValues(values.values), values.count)
  return deltas.size < limit ? deltas : usual
}

/** PLAIN or with a dictionary. */
function usualPages(form: PageForm, column: LeafColumn): EncodedPages {
  const { values } = column
  const plain = () => encodePages(form, column, plainValues(values), values.count)
  const dictionary = dictionaryOf(values)
  if (dictionary === undefined) return plain()
  const share = (dictionary.bytes + (values.count * bitWidth(dictionary.count - 1)) / 8) / plainBytes(values)
  const small = plainBytes(values) < WORTH_TRYING
  if (share >= (small ? SMALLER : 1)) return plain()
  const coding = dictionaryValues(form, dictionary)
  const coded = () => encodePages(form, column, coding, values.count)
  if (small || share <= CLEARLY_SMALLER) return coded()
  if (isPlainSmaller(form, plainValues(values), coding, values.count)) return plain()
  const [one, other] = [coded(), plain()]
  return one.size < other.size ? one : other
}

/**
 * Whether PLAIN is clearly smaller for the first values already. The other way round nothing can be told: over more values
 * PLAIN finds more that repeats.
 */
function isPlainSmaller(form: PageForm, plain: ValueEncoder, coded: ValueEncoder, values: number): boolean {
  const sample = Math.floor(values / SAMPLE)
  if (sample < MIN_SAMPLE) return false
  const sizeOf = (way: ValueEncoder) => storedSize(form, way.encode(0, sample)) * (values / sample)
  return sizeOf(plain) < (sizeOf(coded) + coded.dictionary!.size) * CLEARLY
}

/** What the footer says of a chunk that begins at `offset` in the file. */
export function columnChunk(leaf: Leaf, chunk: EncodedChunk, offset: number): ColumnChunk {
  const { encoding } = chunk
  const coded = encoding === 'RLE_DICTIONARY'
  const meta_data: ColumnMetaData = {
    type: leaf.physical,
    encodings: coded ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : [encoding, 'RLE'],
    path_in_schema: [...leaf.path],
    codec: chunk.codec,
    num_values: BigInt(chunk.entries),
    total_uncompressed_size: BigInt(chunk.uncompressedSize),
    total_compressed_size: BigInt(chunk.size),
    data_page_offset: BigInt(offset + chunk.dictionarySize),
    ...(coded ? { dictionary_page_offset: BigInt(offset) } : {}),
    statistics: chunk.statistics,
    encoding_stats: [
      ...(coded ? [{ page_type: 'DICTIONARY_PAGE', encoding: 'PLAIN', count: 1 } as const] : []),
      { page_type: 'DATA_PAGE_V2', encoding, count: chunk.dataPages },
    ],
  }
  // parquet.thrift, ColumnChunk.file_offset: deprecated, 0 when there is no metadata outside the footer.
  return { file_offset: 0n, meta_data }
}

/** Values in one encoding. */
interface ValueEncoder {
  readonly encoding: DataEncoding
  readonly dictionary?: Page
  /** The first value that is too much for a page which begins with value `start`. */
  pageEnd(start: number): number
  /** Good until something else is encoded. */
  encode(start: number, end: number): Uint8Array
}

const NO_VALUES: ValueEncoder = {
  encoding: 'PLAIN',
  pageEnd: () => Number.POSITIVE_INFINITY,
  encode: () => new Uint8Array(0),
}

function plainValues(values: LeafValues): ValueEncoder {
  return {
    encoding: 'PLAIN',
    pageEnd: (start) => plainPageEnd(values, start),
    encode: (start, end) => encodePlain(values, start, end),
  }
}

function plainPageEnd(values: LeafValues, start: number): number {
  if (values.physical === 'BOOLEAN') return start + PAGE_BYTES * 8
  if (values.physical !== 'BYTE_ARRAY') return numbersEnd(start)
  const { offsets } = values.dictionary
  for (let end = start, size = 0; end < values.count; ) {
    const id = values.ids[end++]!
    size += 4 + offsets[id + 1]! - offsets[id]!
    if (size >= PAGE_BYTES) return end
  }
  return Number.POSITIVE_INFINITY
}

function deltaValues(values: BigInt64Array): ValueEncoder {
  return {
    encoding: 'DELTA_BINARY_PACKED',
    pageEnd: numbersEnd,
    encode: (start, end) => encodeDelta(values, start, end),
  }
}

/** Of values of eight bytes. */
function numbersEnd(start: number): number {
  return start + PAGE_BYTES / 8
}

function dictionaryValues(form: PageForm, dictionary: Dictionary): ValueEncoder {
  const width = bitWidth(dictionary.count - 1)
  return {
    encoding: 'RLE_DICTIONARY',
    dictionary: dictionaryPage(form, dictionary.encode(), dictionary.count),
    pageEnd: (start) => start + Math.floor((PAGE_BYTES * 8) / Math.max(width, 1)),
    // Encodings.md, "Dictionary Encoding": the bit width as one byte, then the ids.
    encode: (start, end) => encodeHybrid(dictionary.ids, start, end, width, [width]),
  }
}

function encodePages(form: PageForm, levels: Levels, way: ValueEncoder, values: number): EncodedPages {
  const ranges = pageRanges(form.leaf, levels, way, values)
  const data = ranges.map((range) =>
    dataPage(form, levels, range, way.encoding, way.encode(range.valueStart, range.valueEnd)),
  )
  const pages = way.dictionary === undefined ? data : [way.dictionary, ...data]
  return {
    pieces: pages.flatMap((page) => page.pieces),
    size: pages.reduce((sum, page) => sum + page.size, 0),
    codec: form.codec.name,
    encoding: way.encoding,
    uncompressedSize: pages.reduce((sum, page) => sum + page.uncompressedSize, 0),
    rows: ranges.reduce((sum, range) => sum + range.rows, 0),
    entries: levels.entries,
    dictionarySize: way.dictionary?.size ?? 0,
    dataPages: data.length,
  }
}

/** Splits a chunk into pages. A page begins at a row, as V2 demands (parquet.thrift, `DataPageHeaderV2.num_rows`). */
function pageRanges(leaf: Leaf, levels: Levels, { pageEnd }: ValueEncoder, values: number): PageRange[] {
  const { definition, repetition, entries } = levels
  const [definitionAt, repetitionAt] = rooms(entries, entries)
  fill(definitionAt, definition.subarray(0, entries))
  if (repetition !== undefined) fill(repetitionAt, repetition.subarray(0, entries))
  const { endOfPage, rowsOfPage, valuesOfPage } = encoder()
  const ranges: PageRange[] = []
  let entry = 0
  let value = 0
  while (entry < entries) {
    const start = { entryStart: entry, valueStart: value }
    const room = Math.min(pageEnd(value) - value, MAX_INT)
    const repeats = repetition === undefined ? 0 : repetitionAt
    entry = endOfPage(definitionAt, repeats, entries, entry, leaf.maxDefinition, room, PAGE_ENTRIES)
    value += valuesOfPage()
    ranges.push({ ...start, entryEnd: entry, valueEnd: value, rows: rowsOfPage() })
  }
  if (value !== values) {
    throw new DaysealError('internal', `column ${leaf.path.join('.')} has levels for other values than its own`, {
      seen: `${values} values`,
      wanted: `${value}`,
    })
  }
  return ranges
}
