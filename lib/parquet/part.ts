import type { ColumnMetaData, FileMetaData, SchemaElement } from 'hyparquet'
import { DaysealError } from '../errors.ts'
import { freeBytes } from '../free-bytes.ts'
import type { Schema } from '../shred/type.ts'
import { fromKeyValues, JSON_COLUMNS, keyValuesOf } from './key-values.ts'
import { parseMetadata } from './parse-metadata.ts'
import { strangeField } from './part-metadata.ts'
import { type Leaf, leavesOf, schemaElements } from './schema.ts'

/** A Parquet file that Dayseal wrote, to be joined with others. */
export interface JoinPart {
  /** For messages: its key. */
  readonly name: string
  readonly size: number
  readonly rows: number
  /** Its own columns. */
  readonly schema: Schema
  /** The bytes of [start, end), which are within the file, as a stream. A chunk is good until the next one is asked for. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

export interface PartRowGroup {
  readonly rows: number
  /** One per leaf of the part's schema, in order. */
  readonly chunks: readonly PartChunk[]
}

export interface PartChunk {
  /** Its pages are bytes [start, end) of the part; `dataStart` is where the dictionary page ends. */
  readonly start: number
  readonly dataStart: number
  readonly end: number
  readonly meta: ColumnMetaData
}

/** A part of at most so many bytes is read at once: each reading has its price, in a bucket most of all … */
const SMALL_BYTES = 2 ** 20
/** … and of others so much of the end, in the hope that the footer is no longer. */
const TAIL_BYTES = 2 ** 16

/** Statistics stay as they are stored: they are written again. Copies, so that they do not keep the footer in memory. */
const RAW_PARSERS = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  stringFromBytes: (bytes: Uint8Array) => new Uint8Array(bytes),
}

/** What the footers of parts with the same columns share. */
export interface PartForm {
  readonly leaves: readonly Leaf[]
  /** The footer's schema, where JSON is text. */
  readonly elements: string
  /** What the footer says of JSON, and which leaves had it as their type in parts of earlier versions. */
  readonly json: { readonly columns: string; readonly leaves: string }
}

export function partForm(schema: Schema): PartForm {
  const leaves = leavesOf(schema)
  const json = {
    columns: keyValuesOf(schema)[JSON_COLUMNS] ?? '',
    leaves: trueAt(leaves, ({ kind }) => kind === 'json'),
  }
  return { leaves, elements: elementsText(schemaElements(schema)), json }
}

/** A part whose end has been read: all of a small part. */
export interface OpenPart {
  /** The part, with those bytes at hand. */
  readonly part: JoinPart
  /**
   * Parses the footer of a part whose columns are of that form.
   * @throws DaysealError `corrupt` when it cannot be read, or is not that of a file which Dayseal wrote with the part's
   * schema and rows.
   */
  rowGroups(form: PartForm): readonly PartRowGroup[]
  /** Gives those bytes back: the part cannot be read any more. */
  close(): void
}

/**
 * Reads the end of a part, its footer in it. Memory: 1 MiB, or the footer as it is stored.
 * @throws DaysealError `corrupt` when it is too short; whatever `part.read` throws.
 */
export async function openPart(part: JoinPart): Promise<OpenPart> {
  const tail = await readTail(part)
  return {
    part: withTail(part, tail),
    rowGroups: (form) => rowGroupsOf(part, form, parse(part, tail)),
    close: () => freeBytes(tail),
  }
}

function rowGroupsOf(
  part: JoinPart,
  { leaves, elements, json }: PartForm,
  metadata: FileMetaData,
): readonly PartRowGroup[] {
  const dataEnd = part.size - 8 - metadata.metadata_length
  assertSame(part, 'schema', elementsText(metadata.schema), elements)
  const said = fromKeyValues(metadata.key_value_metadata)[JSON_COLUMNS]
  if (said === undefined) assertSame(part, 'schema of JSON', jsonLeaves(metadata.schema), json.leaves)
  else assertSame(part, 'list of JSON columns', said, json.columns)
  const rowGroups = metadata.row_groups.map(({ columns, num_rows }): PartRowGroup => {
    assertSame(part, 'number of columns', columns.length, leaves.length)
    return {
      rows: Number(num_rows),
      chunks: columns.map(({ meta_data }, i) => chunkOf(part, leaves[i]!, meta_data, dataEnd)),
    }
  })
  assertSame(part, 'number of rows', Number(metadata.num_rows), part.rows)
  const sum = rowGroups.reduce((rows, group) => rows + group.rows, 0)
  assertSame(part, 'number of rows in its row groups', sum, part.rows)
  return rowGroups
}

/** The part, of which these last bytes need not be read again. */
function withTail(part: JoinPart, tail: Uint8Array): JoinPart {
  const from = part.size - tail.length
  return {
    ...part,
    async *read(start, end) {
      if (start < from) yield* part.read(start, Math.min(end, from))
      if (end > from) yield tail.subarray(Math.max(start - from, 0), end - from)
    },
  }
}

/** All bytes of [start, end) at once. */
export async function readRange(part: JoinPart, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  let at = 0
  for await (const piece of readPieces(part, start, end)) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** The bytes of [start, end) as they come; exactly so many, or an error. */
export async function* readPieces(part: JoinPart, start: number, end: number): AsyncIterable<Uint8Array> {
  let seen = 0
  for await (const piece of part.read(start, end)) {
    seen += piece.length
    if (seen > end - start) break
    yield piece
  }
  assertSame(part, `size from byte ${start} to ${end}`, seen, end - start)
}

async function readTail(part: JoinPart): Promise<Uint8Array> {
  const tail = await readRange(part, part.size <= SMALL_BYTES ? 0 : part.size - TAIL_BYTES, part.size)
  if (tail.length < 12) throw corrupt(part, 'is too short for Parquet', `${tail.length} bytes`, 'at least 12')
  const footer = footerBytes(tail)
  if (footer <= tail.length || footer > part.size) return tail // where too long, parsing it fails
  return readRange(part, part.size - footer, part.size)
}

/** Parquet's last eight bytes, the metadata's length in them, and the metadata before. */
function footerBytes(tail: Uint8Array): number {
  return new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - 8, true) + 8
}

function parse(part: JoinPart, tail: Uint8Array): FileMetaData {
  try {
    return parseMetadata(tail.subarray(Math.max(0, tail.length - footerBytes(tail))), RAW_PARSERS)
  } catch (cause) {
    throw new DaysealError('corrupt', `part ${part.name} has no readable footer`, { cause })
  }
}

function chunkOf(part: JoinPart, leaf: Leaf, meta: ColumnMetaData | undefined, dataEnd: number): PartChunk {
  const column = leaf.path.join('.')
  const strange = meta === undefined ? 'metadata' : strangeField(meta, leaf.physical)
  if (meta === undefined || strange !== undefined) {
    throw corrupt(part, `has no chunk of ${column} that Dayseal wrote`, `strange or missing ${strange}`, 'one')
  }
  assertSame(part, `chunk in place of ${column}`, JSON.stringify(meta.path_in_schema), JSON.stringify(leaf.path))
  const dataStart = Number(meta.data_page_offset)
  const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset)
  const end = start + Number(meta.total_compressed_size)
  if (!(start >= 4 && start <= dataStart && dataStart < end && end <= dataEnd)) {
    throw corrupt(part, `has a chunk outside its data`, `bytes ${start} to ${end}`, `within 4 to ${dataEnd}`)
  }
  return { start, dataStart, end, meta }
}

function elementsText(elements: readonly SchemaElement[]): string {
  return JSON.stringify(
    elements.map((element) => {
      const { name, type, repetition_type, num_children, converted_type, logical_type } = isJson(element)
        ? { ...element, ...TEXT }
        : element
      return [name, type, repetition_type, num_children, converted_type, logical_type]
    }),
  )
}

const TEXT = { converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const

function isJson({ converted_type }: SchemaElement): boolean {
  return converted_type === 'JSON'
}

function jsonLeaves(elements: readonly SchemaElement[]): string {
  return trueAt(
    elements.filter(({ type }) => type !== undefined),
    isJson,
  )
}

function trueAt<T>(items: readonly T[], test: (item: T) => boolean): string {
  return items.flatMap((item, i) => (test(item) ? [i] : [])).join()
}

function assertSame(part: JoinPart, what: string, seen: string | number, wanted: string | number): void {
  if (seen !== wanted) throw corrupt(part, `has another ${what} than it should`, String(seen), String(wanted))
}

function corrupt(part: JoinPart, what: string, seen: string, wanted: string): DaysealError {
  return new DaysealError('corrupt', `part ${part.name} ${what}`, { seen, wanted })
}
