import type { PageHeader } from 'hyparquet/src/types.js'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import type { Levels } from '../shred/null-levels.ts'
import type { Codec } from './codec.ts'
import { bitWidth, encodeHybrid } from './rle.ts'
import type { Leaf } from './schema.ts'

/** The bytes of a page, in order: header, levels, values. */
export interface Page {
  readonly pieces: readonly Uint8Array[]
  readonly size: number
  /** With the header, as a chunk's `total_uncompressed_size` counts. */
  readonly uncompressedSize: number
}

/** Which part of a chunk a page holds: whole rows. Ends are exclusive. */
export interface PageRange {
  readonly entryStart: number
  readonly entryEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly rows: number
}

/** Whose pages they are, and how the file compresses them. */
export interface PageForm {
  readonly leaf: Leaf
  readonly codec: Codec
}

export type DataEncoding = 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BINARY_PACKED'

/** An empty zstd frame has 9 bytes and one block of a repeated byte 17: below this there is nothing to gain. */
const MIN_COMPRESSIBLE = 32

/** `values`: the distinct values in PLAIN. A dictionary page is always compressed: its header has no flag to say no. */
export function dictionaryPage({ leaf, codec }: PageForm, values: Uint8Array, count: number): Page {
  const compressed = codec.compress(values, leaf.physical)
  const header = headerBytes({
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: values.length,
    compressed_page_size: compressed.length,
    dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
  })
  return page(header, [compressed], values.length)
}

/**
 * A data page V2 (parquet.thrift, `DataPageHeaderV2`): the levels as they are, the values compressed unless that gains
 * nothing. `values` are those of the range, encoded, and good until something else is.
 */
export function dataPage(
  form: PageForm,
  levels: Levels,
  range: PageRange,
  encoding: DataEncoding,
  values: Uint8Array,
): Page {
  const { entryStart, entryEnd, valueStart, valueEnd, rows } = range
  const { leaf } = form
  const valueBytes = values.length
  const compressed = compress(form, values)
  const stored = compressed ?? values.slice()
  // From here on the values may be gone.
  const repetition = encodeLevels(levels.repetition, entryStart, entryEnd, leaf.maxRepetition)
  const definition = encodeLevels(levels.definition, entryStart, entryEnd, leaf.maxDefinition)
  const levelBytes = repetition.length + definition.length
  const header = headerBytes({
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levelBytes + valueBytes,
    compressed_page_size: levelBytes + stored.length,
    data_page_header_v2: {
      num_values: entryEnd - entryStart,
      num_nulls: entryEnd - entryStart - (valueEnd - valueStart),
      num_rows: rows,
      encoding,
      definition_levels_byte_length: definition.length,
      repetition_levels_byte_length: repetition.length,
      is_compressed: compressed !== undefined,
    },
  })
  return page(header, [repetition, definition, stored], levelBytes + valueBytes)
}

function page(header: Uint8Array, body: readonly Uint8Array[], uncompressed: number): Page {
  const pieces = [header, ...body].filter((piece) => piece.length > 0)
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return { pieces, size, uncompressedSize: header.length + uncompressed }
}

/** The levels of entries [start, end), without a length before them; undefined levels are all 0. */
function encodeLevels(levels: Uint8Array | undefined, start: number, end: number, max: number): Uint8Array {
  const width = bitWidth(max)
  if (width === 0) return new Uint8Array(0)
  if (levels === undefined) return encodeLevels(new Uint8Array(end - start), 0, end - start, max)
  return encodeHybrid(levels, start, end, width).slice()
}

/** What encoded values of the column take in a page. */
export function storedSize(form: PageForm, values: Uint8Array): number {
  return compress(form, values)?.length ?? values.length
}

function compress({ leaf, codec }: PageForm, values: Uint8Array): Uint8Array | undefined {
  if (values.length < MIN_COMPRESSIBLE) return undefined
  const compressed = codec.compress(values, leaf.physical)
  return compressed.length < values.length ? compressed : undefined
}

function headerBytes(header: PageHeader): Uint8Array {
  const writer = new ByteWriter(64)
  writePageHeader(writer, header)
  return writer.getBytes()
}
