import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import type { FormatOptions } from './format-options.ts'
import { columnsAt } from './rows/find-column.ts'

/**
 * The columns whose values a file of this format has as they were; leaves keep their numbers. These are all of them, but for
 * a geometry that was GeoJSON or WKT: in a `geojson` file it is written anew.
 */
export function keptColumns(root: RootNode, format: FormatOptions): RootNode {
  if (format.format !== 'geojson') return root
  const { nodes, isPoint } = geometryNodes(root, format)
  return isPoint ? root : withoutNodes(root, new Set(nodes))
}

/** The columns of a geometry. */
export interface GeometryNodes {
  readonly nodes: readonly ColumnNode[]
  /** Whether they are longitude, latitude and perhaps altitude, in this order. */
  readonly isPoint: boolean
}

/** As `format-options.ts` says of the option `geometry`. There are none where the format would refuse the columns. */
export function geometryNodes(root: RootNode, { geometry }: FormatOptions<'geojson'>): GeometryNodes {
  const isNumber = ({ kind }: ColumnNode) => kind === 'double' || kind === 'int64'
  const named = (path: string | undefined) => (path === undefined ? [] : columnsAt(root, path))
  if (geometry === undefined) {
    const own = root.fields.filter(
      ({ name, kind }) => name === 'geometry' && ['string', 'json', 'struct'].includes(kind),
    )
    if (own.length > 0) return { nodes: own, isPoint: false }
    const pairs = [
      ['longitude', 'latitude'],
      ['lon', 'lat'],
    ].map((names) => names.flatMap((name) => root.fields.filter((field) => field.name === name && isNumber(field))))
    return { nodes: pairs.find(({ length }) => length === 2) ?? [], isPoint: true }
  }
  if ('wkt' in geometry) return { nodes: named(geometry.wkt), isPoint: false }
  if ('geojson' in geometry) return { nodes: named(geometry.geojson), isPoint: false }
  const { longitude, latitude, altitude } = geometry
  return { nodes: [...named(longitude), ...named(latitude), ...named(altitude)], isPoint: true }
}

/** Without these nodes, and without structs that have nothing else. */
export function withoutNodes(root: RootNode, nodes: ReadonlySet<ColumnNode>): RootNode {
  return { ...root, fields: fieldsWithout(root.fields, nodes) }
}

function fieldsWithout(fields: readonly ColumnNode[], nodes: ReadonlySet<ColumnNode>): readonly ColumnNode[] {
  return fields.flatMap((field): readonly ColumnNode[] => {
    if (nodes.has(field)) return []
    if (field.kind !== 'struct') return [field]
    const inside = fieldsWithout(field.fields, nodes)
    return inside.length === 0 ? [] : [{ ...field, fields: inside }]
  })
}
