import { leavesOfTree, type ReadLeaf, type RootNode } from '../../parquet/read-tree.ts'
import { formatPath, parsePath } from '../../path-pattern.ts'
import type { FormatOptions } from '../format-options.ts'

/** What of a row became its feature's geometry. */
export interface GeometryPlace {
  /** Columns, or a struct, whose leaves are not among the properties: from, to. */
  readonly leaves: ReadonlySet<number>
  /** Those of longitude, latitude and perhaps altitude, in this order: their values are the coordinates of a point. */
  readonly coordinates: readonly number[]
}
