import { fieldsOfNode, leavesOfTree, type RootNode } from '../../parquet/read-tree.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { geometryNodes, withoutNodes } from '../kept-columns.ts'
import type { RowBatch } from '../row-batch.ts'
import type { Findings } from './findings.ts'
import { readGeoJson } from './read-geojson.ts'
import { shredRows } from './shred-rows.ts'

/**
 * The features as rows of `root`: the columns of a point have its coordinates, and a geometry of GeoJSON or WKT is not
 * there (`keptColumns`).
 */
export async function* shredFeatures(
  bytes: AsyncIterable<Uint8Array>,
  options: FormatOptions<'geojson'>,
  root: RootNode,
  findings: Findings,
): AsyncGenerator<RowBatch> {
  const { nodes, isPoint } = geometryNodes(root, options)
  const properties = fieldsOfNode(withoutNodes(root, new Set(nodes)))
  const coordinates = isPoint ? nodes.map(({ firstLeaf }) => firstLeaf) : []
  const gone = new Set(nodes.flatMap(({ firstLeaf, endLeaf }) => range(firstLeaf, endLeaf)))
  const names = freeNames(properties, coordinates.length)
  const members = names.map(
    (name, i): FieldJson => ({ name, type: isInteger(root, coordinates[i]!) ? 'int64' : 'double' }),
  )
  const texts = readGeoJson(bytes, options, names)
  const all = leavesOfTree(root)
  for await (const { rows, leaves, date } of shredRows(texts, [...members, ...properties], findings)) {
    let next = coordinates.length
    const placed = all.map(({ maxDefinition }, leaf): LeafColumn => {
      const coordinate = coordinates.indexOf(leaf)
      if (coordinate >= 0) return deepened(leaves[coordinate]!, maxDefinition)
      return gone.has(leaf) ? NOTHING : leaves[next++]!
    })
    yield { root, rows, leaves: placed, date }
  }
}

const NOTHING: LeafColumn = {
  entries: 0,
  definition: new Uint8Array(),
  repetition: undefined,
  values: { physical: 'BOOLEAN', count: 0, values: new Uint8Array() },
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** Names that no property has. */
function freeNames(properties: readonly FieldJson[], count: number): string[] {
  const taken = properties.map(({ name }) => name)
  const start = `${'_'.repeat(Math.max(0, ...taken.map(({ length }) => length)))}coordinate`
  return range(0, count).map((i) => start + i)
}

function isInteger(root: RootNode, leaf: number): boolean {
  return leavesOfTree(root)[leaf]!.kind === 'int64'
}

/** A column at the top as one inside structs, which are there where it is. */
function deepened(column: LeafColumn, maxDefinition: number): LeafColumn {
  const definition = column.definition.slice(0, column.entries)
  for (let i = 0; i < definition.length; i++) definition[i]! *= maxDefinition
  return { ...column, definition }
}
