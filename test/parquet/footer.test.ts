import type { FileMetaData, RowGroup } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { expect, test } from 'vitest'
import { columnChunk, encodeChunk } from '../../lib/parquet/chunk.ts'
import { createFooter } from '../../lib/parquet/footer.ts'
import { leavesOf, schemaElements } from '../../lib/parquet/schema.ts'
import { MAX_STATISTIC_BYTES } from '../../lib/parquet/statistics.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { CREATED_BY, type Duck, fileOf, openDuck, plainRows, readWithHyparquet } from './read-back.ts'
import { shred } from './reference-shred.ts'

const schema: Schema = [
  { key: 's', name: 's', type: { kind: 'string' } },
  { key: 't', name: 't', type: { kind: 'list', element: { kind: 'timestamp' } } },
]
const rows = (seed: number) => [
  { s: `${seed}`.repeat(seed * 20), t: [BigInt(seed) << 40n] },
  { s: null, t: [] },
]

function rowGroup(seed: number): RowGroup {
  const { leaves } = shred(schema, rows(seed))
  const columns = leavesOf(schema).map((leaf, i) => columnChunk(leaf, encodeChunk(leaf, leaves[i]!), seed * 1000 + i))
  return { columns, num_rows: 2n, total_byte_size: 5n, total_compressed_size: 4n, file_offset: BigInt(seed) }
}

test.each([0, 1, 2, 14, 15, 16, 255, 256, 257, 270, 512, 800])(
  'a footer of %d row groups is what the library writes of all at once',
  (count) => {
    const rowGroups = Array.from({ length: count }, (_, i) => rowGroup(i))
    const footer = createFooter(schema)
    for (const group of rowGroups) footer.add(group)

    const metadata: FileMetaData = {
      version: 2,
      schema: schemaElements(schema),
      num_rows: 12345n,
      row_groups: rowGroups,
      created_by: CREATED_BY,
      metadata_length: 0,
    }
    const wanted = new ByteWriter()
    writeMetadata(wanted, metadata, MAX_STATISTIC_BYTES)
    wanted.appendBytes(Buffer.from('PAR1'))
    expect(Buffer.from(footer.encode(12345, CREATED_BY)).equals(wanted.getBytes())).toBe(true)
  },
)

test('many row groups come back', async () => {
  const duck: Duck = await openDuck()
  const groups = Array.from({ length: 40 }, (_, i) => rows(i))
  const bytes = await fileOf(
    schema,
    groups.map((group) => shred(schema, group)),
  )
  const wanted = plainRows(schema, groups.flat())
  expect(await duck.read(schema, bytes)).toEqual(wanted)
  expect(await readWithHyparquet(schema, bytes)).toEqual(wanted)
  await duck.close()
})
