import { zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { readChunk, readFooter } from '../../lib/parquet/read.ts'
import { assembleRow, type Cell, sliceRows } from '../../lib/parquet/read-rows.ts'
import type { ColumnNode } from '../../lib/parquet/read-tree.ts'
import { type Pairs, type Plain, plainDouble, plainText, sortedPairs } from '../model/expected-rows.ts'
import type { ModelFields, ModelType } from '../model/schema-model.ts'

/** All rows of a file, by the reader that `verify` uses: any key can be told from any other. */
export async function readWithDayseal(bytes: Buffer): Promise<Plain[]> {
  const file = { size: bytes.length, read: async (start: number, end: number) => bytes.subarray(start, end) }
  const footer = await readFooter(file)
  const rows: Plain[] = []
  for (const group of footer.groups) {
    const numbers = Array.from({ length: group.rows }, (_, i) => i)
    const columns = []
    for (const [i, leaf] of footer.leaves.entries()) {
      columns.push(sliceRows(leaf, await readChunk(file, leaf, group.chunks[i]!, group.rows), numbers))
    }
    for (const row of numbers) {
      const cell = assembleRow(
        footer.root,
        columns.map((column) => column[row]!),
      )
      rows.push(plainCell(footer.root, cell))
    }
  }
  return rows
}

function plainCell(node: ColumnNode, cell: Cell): Plain {
  if (cell === null) return null
  if (node.kind === 'struct' && typeof cell === 'object' && 'struct' in cell) {
    return { struct: sortedPairs(node.fields.map((field, i) => [field.name, plainCell(field, cell.struct[i]!)])) }
  }
  if (node.kind === 'list' && typeof cell === 'object' && 'list' in cell) {
    return { list: cell.list.map((item) => plainCell(node.element, item)) }
  }
  if (node.kind === 'map' && typeof cell === 'object' && 'map' in cell) {
    return { map: sortedPairs(cell.map.map(([key, value]) => [key, plainCell(node.value, value)])) }
  }
  if (node.kind === 'double' && typeof cell === 'number') return plainDouble(cell)
  if (node.kind === 'struct' || node.kind === 'list' || node.kind === 'map') throw new Error(`${node.kind}: ${cell}`)
  return plainText(node.kind as 'bool', String(cell))
}

/** All rows of a file by hyparquet; no name may have a dot or be `__proto__`, which its rows cannot hold. */
export async function readWithHyparquet(bytes: Buffer, schema: ModelFields): Promise<Plain[]> {
  const text = (value: Uint8Array) => Buffer.from(value).toString('utf8')
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    parsers: { timestampFromMicroseconds: (micros) => micros, jsonFromBytes: text, stringFromBytes: text },
  })
  return rows.map((row) => plainStruct(schema, row))
}

function plainStruct(schema: ModelFields, row: Readonly<Record<string, unknown>>): Plain {
  const strange = Object.keys(row).find((name) => !schema.has(name))
  if (strange !== undefined) throw new Error(`hyparquet shows a column ${JSON.stringify(strange)}`)
  const pairs: Pairs = [...schema].map(([name, { type }]) => [name, plainValue(type, row[name])])
  return { struct: sortedPairs(pairs) }
}

function plainValue(type: ModelType, value: unknown): Plain {
  if (value === null || value === undefined) return null
  if (typeof type === 'object') {
    if ('list' in type) return { list: (value as unknown[]).map((item) => plainValue(type.list, item)) }
    if ('struct' in type) return plainStruct(type.struct, value as Record<string, unknown>)
    return { map: sortedPairs(Object.entries(value).map(([key, item]) => [key, plainValue(type.map, item)])) }
  }
  if (type === 'double') return plainDouble(value as number)
  if (type === 'int64_wide') return plainText('int64', String(value))
  return plainText(type as 'bool', String(value))
}
