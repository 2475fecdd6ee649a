import { type ColumnMetaData, parquetMetadata } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import type { PageHeader } from 'hyparquet/src/types.js'
import { arrayBufferOf } from './read-back.ts'

export interface ChunkSeen {
  readonly meta: ColumnMetaData
  readonly pages: readonly PageHeader[]
}

/** The chunks of a file with the headers of their pages, per row group; and that every byte before the footer is theirs. */
export function chunksOf(bytes: Buffer): ChunkSeen[][] {
  const metadata = parquetMetadata(arrayBufferOf(bytes))
  let next = 4
  const groups = metadata.row_groups.map(({ columns }) =>
    columns.map(({ meta_data: meta }) => {
      const start = Number(meta!.dictionary_page_offset ?? meta!.data_page_offset)
      if (start !== next) throw new Error(`a chunk begins at ${start}, the one before it ends at ${next}`)
      next = start + Number(meta!.total_compressed_size)
      return { meta: meta!, pages: pagesOf(bytes, start, next) }
    }),
  )
  const end = bytes.length - 8 - metadata.metadata_length
  if (next !== end) throw new Error(`the last chunk ends at ${next}, the footer begins at ${end}`)
  return groups
}

function pagesOf(bytes: Buffer, start: number, end: number): PageHeader[] {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, end), offset: start }
  const pages: PageHeader[] = []
  while (reader.offset < end) {
    const header = parquetHeader(reader)
    pages.push(header)
    reader.offset += header.compressed_page_size
  }
  if (reader.offset !== end) throw new Error(`pages end at ${reader.offset}, their chunk at ${end}`)
  return pages
}
