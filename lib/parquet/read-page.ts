import { isUtf8 } from 'node:buffer'
import type { DataPageHeaderV2, Encoding, PageHeader } from 'hyparquet/src/types.js'
import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import { decompressPage, type PageCodec } from './decompress.ts'
import { decodeDelta } from './read-delta.ts'
import { readHybrid } from './read-hybrid.ts'
import { corrupt, type ReadLeaf, wrongSize } from './read-tree.ts'

/*
 * The pages that Dayseal writes: an optional dictionary page (PLAIN), then data pages V2, PLAIN, RLE_DICTIONARY, (for
 * integers) DELTA_BINARY_PACKED or (for booleans) RLE, in any of the codecs. Anything else is `corrupt`. Parquet format:
 * Encodings.md, parquet.thrift.
 */

/** A buffer this much larger than what is used of it is kept. */
const MAX_SPARE_BYTES = 64

/** Below this a loop copies faster than a call does. */
const SHORT = 64

/** One data page: its level entries, and its values without nulls. */
export interface DataPage {
  readonly definition: Uint8Array
  readonly repetition: Uint8Array | undefined
  readonly rows: number
  readonly values: LeafValues
}

export function decodeDictionary(header: PageHeader, bytes: Uint8Array, leaf: ReadLeaf, codec: PageCodec): LeafValues {
  const { num_values: count, encoding } = header.dictionary_page_header ?? {}
  if (encoding !== 'PLAIN' && encoding !== 'PLAIN_DICTIONARY') throw unknownEncoding(encoding)
  return decodePlain(decompressPage(bytes, header.uncompressed_page_size, codec), leaf, whole(count, 'values'))
}

/** `room` is how many level entries the chunk has left. */
export function decodeDataPage(
  header: PageHeader,
  bytes: Uint8Array,
  leaf: ReadLeaf,
  codec: PageCodec,
  dictionary: LeafValues | undefined,
  room: number,
): DataPage {
  const v2 = header.data_page_header_v2
  if (v2 === undefined) throw corrupt('a page has no header of its kind', header.type, 'DATA_PAGE_V2')
  const entries = whole(v2.num_values, 'values')
  if (entries > room) throw corrupt('a page has more values than its chunk', String(entries), `at most ${room}`)
  const repetitionEnd = whole(v2.repetition_levels_byte_length, 'bytes of levels')
  const levelsEnd = repetitionEnd + whole(v2.definition_levels_byte_length, 'bytes of levels')
  if (levelsEnd > bytes.length)
    throw corrupt('a page ends within its levels', `${bytes.length} bytes`, String(levelsEnd))
  const { levels: repetition, zeros: rows } = readLevels(bytes, 0, repetitionEnd, leaf.maxRepetition, entries)
  const { levels, deepest: present } = readLevels(bytes, repetitionEnd, levelsEnd, leaf.maxDefinition, entries)
  const definition = levels ?? new Uint8Array(entries)
  assertCounts(v2, { rows, nulls: entries - present, startsRow: repetition === undefined || repetition[0] === 0 })
  const size = header.uncompressed_page_size - levelsEnd
  const stored = bytes.subarray(levelsEnd)
  const data = v2.is_compressed === false ? stored : decompressPage(stored, size, codec)
  return { definition, repetition, rows, values: decodeValues(data, v2.encoding, leaf, present, dictionary) }
}

function assertCounts(
  header: DataPageHeaderV2,
  seen: { readonly rows: number; readonly nulls: number; readonly startsRow: boolean },
): void {
  if (!seen.startsRow) throw corrupt('a page begins within a row', 'repetition level above 0', '0')
  if (header.num_rows !== seen.rows || header.num_nulls !== seen.nulls) {
    const wanted = `${header.num_rows} rows, ${header.num_nulls} nulls`
    throw corrupt("a page's levels are not what its header says", `${seen.rows} rows, ${seen.nulls} nulls`, wanted)
  }
}

interface PageLevels {
  /** Undefined where the deepest is 0. */
  readonly levels: Uint8Array | undefined
  /** How many are 0, and how many as deep as can be. */
  readonly zeros: number
  readonly deepest: number
}

function readLevels(bytes: Uint8Array, start: number, end: number, max: number, count: number): PageLevels {
  if (max === 0) return { levels: undefined, zeros: count, deepest: count }
  const levels = new Uint8Array(count)
  readHybrid(bytes, start, end, 32 - Math.clz32(max), levels)
  let zeros = 0
  let deepest = 0
  for (let i = 0; i < count; i++) {
    const level = levels[i]!
    if (level === max) deepest++
    else if (level === 0) zeros++
    else if (level > max) throw corrupt('a page has a level that is too deep', String(level), String(max))
  }
  return { levels, zeros, deepest }
}

function decodeValues(
  data: Uint8Array,
  encoding: Encoding,
  leaf: ReadLeaf,
  count: number,
  dictionary: LeafValues | undefined,
): LeafValues {
  switch (encoding) {
    case 'PLAIN':
      return decodePlain(data, leaf, count)
    case 'RLE_DICTIONARY':
    case 'PLAIN_DICTIONARY':
      if (dictionary === undefined) throw corrupt('a page wants a dictionary that its chunk lacks', encoding, 'PLAIN')
      return lookUp(dictionary, decodeIds(data, count, dictionary))
    case 'RLE':
      if (leaf.kind === 'bool') return decodeRunLengthBooleans(data, count)
      throw unknownEncoding(encoding)
    case 'DELTA_BINARY_PACKED':
      if (leaf.kind !== 'int64' && leaf.kind !== 'timestamp') throw unknownEncoding(encoding)
      return { physical: 'INT64', count, values: decodeDelta(data, count) }
    default:
      throw unknownEncoding(encoding)
  }
}

function unknownEncoding(encoding: string | undefined) {
  return corrupt('a page has an encoding that Dayseal does not write for its type', String(encoding), 'another')
}

function decodeIds(data: Uint8Array, count: number, dictionary: LeafValues): Uint32Array {
  const ids = new Uint32Array(count)
  if (count === 0) return ids
  const width = data[0]
  if (width === undefined) throw corrupt('a page of ids is empty', 'no bytes', `${count} ids`)
  readHybrid(data, 1, data.length, width, ids)
  const size = dictionary.physical === 'BYTE_ARRAY' ? dictionary.dictionary.count : dictionary.count
  let largest = 0
  for (let i = 0; i < count; i++) if (ids[i]! > largest) largest = ids[i]!
  if (largest >= size) throw corrupt('a page has an id beyond its dictionary', String(largest), `below ${size}`)
  return ids
}

function lookUp(dictionary: LeafValues, ids: Uint32Array): LeafValues {
  const count = ids.length
  switch (dictionary.physical) {
    case 'BYTE_ARRAY':
      return { physical: 'BYTE_ARRAY', count, ids, dictionary: dictionary.dictionary }
    case 'INT64': {
      const values = new BigInt64Array(count)
      for (let i = 0; i < count; i++) values[i] = dictionary.values[ids[i]!]!
      return { physical: 'INT64', count, values }
    }
    case 'DOUBLE': {
      const values = new Float64Array(count)
      for (let i = 0; i < count; i++) values[i] = dictionary.values[ids[i]!]!
      return { physical: 'DOUBLE', count, values }
    }
    case 'BOOLEAN': {
      const values = new Uint8Array(count)
      for (let i = 0; i < count; i++) values[i] = dictionary.values[ids[i]!]!
      return { physical: 'BOOLEAN', count, values }
    }
  }
}

/** RLE of booleans has its length in four bytes before it (Encodings.md). */
function decodeRunLengthBooleans(data: Uint8Array, count: number): LeafValues {
  const values = new Uint8Array(count)
  if (count > 0) readHybrid(data, 4, data.length, 1, values)
  return { physical: 'BOOLEAN', count, values }
}

function decodePlain(data: Uint8Array, leaf: ReadLeaf, count: number): LeafValues {
  switch (leaf.kind) {
    case 'bool': {
      assertSize(data, Math.ceil(count / 8))
      const values = new Uint8Array(count)
      for (let i = 0; i < count; i++) values[i] = (data[i >> 3]! >> (i & 7)) & 1
      return { physical: 'BOOLEAN', count, values }
    }
    case 'int64':
    case 'timestamp':
      assertSize(data, count * 8)
      return { physical: 'INT64', count, values: new BigInt64Array(ownBuffer(data), 0, count) }
    case 'double':
      assertSize(data, count * 8)
      return { physical: 'DOUBLE', count, values: new Float64Array(ownBuffer(data), 0, count) }
    default: {
      const dictionary = decodeByteArrays(data, count)
      const ids = new Uint32Array(count)
      for (let i = 0; i < count; i++) ids[i] = i
      return { physical: 'BYTE_ARRAY', count, ids, dictionary }
    }
  }
}

/** A buffer that begins with the bytes: their own, unless it is a larger one. */
function ownBuffer(data: Uint8Array): ArrayBufferLike {
  const isOwn = data.byteOffset === 0 && data.buffer.byteLength <= data.length + MAX_SPARE_BYTES
  return isOwn ? data.buffer : new Uint8Array(data).buffer
}

/** Each value is its length in four bytes, then its bytes. */
function decodeByteArrays(data: Uint8Array, count: number): ByteDictionary {
  if (count * 4 > data.length)
    throw corrupt('a page is too short for its values', `${data.length} bytes`, `${count} values`)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const bytes = new Uint8Array(data.length - count * 4)
  const words = new DataView(bytes.buffer)
  const offsets = new Uint32Array(count + 1)
  let at = 0
  for (let i = 0; i < count; i++) {
    const length = at + 4 <= data.length ? view.getUint32(at, true) : data.length
    const end = at + 4 + length
    if (end > data.length) throw corrupt('a page ends within a value', `${data.length} bytes`, `${end} bytes`)
    const to = offsets[i]!
    if (length < SHORT) {
      let j = at + 4
      let k = to
      for (; j + 4 <= end; j += 4, k += 4) words.setInt32(k, view.getInt32(j, true), true)
      for (; j < end; j++, k++) bytes[k] = data[j]!
    } else bytes.set(data.subarray(at + 4, end), to)
    offsets[i + 1] = to + length
    at = end
  }
  assertSize(data, at)
  assertUtf8(bytes, offsets, count)
  return { count, distinct: false, bytes, offsets }
}

/** Both kinds of text are UTF-8: the whole of it, and no value begins within a character. */
function assertUtf8(bytes: Uint8Array, offsets: Uint32Array, count: number): void {
  let valid = isUtf8(bytes)
  for (let i = 0; valid && i < count; i++) valid = (bytes[offsets[i]!]! & 0xc0) !== 0x80
  if (!valid) throw corrupt('a page has text that is not UTF-8', 'other bytes', 'UTF-8')
}

function assertSize(data: Uint8Array, wanted: number): void {
  if (data.length !== wanted) throw wrongSize(data, wanted)
}

/** A count from a page header: a whole number that is not negative. */
export function whole(value: number | undefined, what: string): number {
  if (value === undefined || !Number.isInteger(value) || value < 0) {
    throw corrupt(`a page header has no count of ${what}`, String(value), 'a whole number')
  }
  return value
}
