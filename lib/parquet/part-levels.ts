import { parquetHeader } from 'hyparquet/src/column.js'
import { DaysealError } from '../errors.ts'
import type { Levels } from '../shred/null-levels.ts'
import { readHybrid } from './read-hybrid.ts'
import { whole } from './read-page.ts'
import { bitWidth } from './rle.ts'
import type { Leaf } from './schema.ts'

/**
 * The levels of a chunk's data pages. Values are passed over: levels of V2 pages are not compressed.
 * @throws DaysealError `corrupt` when the pages are not V2, or do not hold just `entries` levels.
 */
export function levelsOf(leaf: Leaf, pages: Uint8Array, entries: number): Levels {
  const definition = new Uint8Array(entries)
  const repetition = leaf.maxRepetition === 0 ? undefined : new Uint8Array(entries)
  const definitionWidth = bitWidth(leaf.maxDefinition)
  const repetitionWidth = bitWidth(leaf.maxRepetition)
  const reader = { view: new DataView(pages.buffer, pages.byteOffset, pages.byteLength), offset: 0 }
  let entry = 0
  while (reader.offset < pages.length) {
    const header = headerOf(leaf, reader)
    const definitionStart = reader.offset + header.repetitionBytes
    const valuesStart = definitionStart + header.definitionBytes
    const pageEnd = reader.offset + header.size
    const end = entry + header.entries
    if (end > entries) throw corrupt(leaf, `${header.entries} levels`, `${entries - entry}`)
    if (valuesStart > pageEnd || pageEnd > pages.length) {
      throw corrupt(leaf, `levels to byte ${valuesStart} of a page to ${pageEnd}`, `at most ${pages.length}`)
    }
    if (repetition !== undefined) {
      readHybrid(pages, reader.offset, definitionStart, repetitionWidth, repetition.subarray(entry, end))
    }
    readHybrid(pages, definitionStart, valuesStart, definitionWidth, definition.subarray(entry, end))
    entry = end
    reader.offset = pageEnd
  }
  if (entry !== entries) throw corrupt(leaf, `${entry} levels`, `${entries}`)
  return { entries, definition, repetition }
}

function headerOf(leaf: Leaf, reader: { readonly view: DataView; offset: number }) {
  const header = parseHeader(leaf, reader)
  const v2 = header.data_page_header_v2
  if (v2 === undefined) throw corrupt(leaf, `a page of type ${header.type}`, 'DATA_PAGE_V2')
  return {
    size: whole(header.compressed_page_size, 'bytes'),
    entries: whole(v2.num_values, 'values'),
    repetitionBytes: whole(v2.repetition_levels_byte_length, 'bytes of levels'),
    definitionBytes: whole(v2.definition_levels_byte_length, 'bytes of levels'),
  }
}

function parseHeader(leaf: Leaf, reader: { readonly view: DataView; offset: number }) {
  try {
    return parquetHeader(reader)
  } catch (cause) {
    throw new DaysealError('corrupt', `a page header of ${leaf.path.join('.')} cannot be read`, { cause })
  }
}

function corrupt(leaf: Leaf, seen: string, wanted: string): DaysealError {
  return new DaysealError('corrupt', `the pages of ${leaf.path.join('.')} are not what the footer says`, {
    seen,
    wanted,
  })
}
