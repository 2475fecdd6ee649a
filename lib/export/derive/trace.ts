import type { ColumnNode } from '../../parquet/read-tree.ts'
import type { PathStep } from '../../path-pattern.ts'
import type { Type } from '../../shred/type.ts'

/** What a place in the rows has held. `there`: the place itself, if only with null. */
export const SEEN = {
  there: 1,
  bool: 2,
  int: 4,
  /** An integer that is not exact in a double. */
  wide: 8,
  double: 16,
  string: 32,
  moment: 64,
  list: 128,
  object: 256,
  map: 512,
} as const

/** A place in the rows that functions make: what it has held so far, and so which column it will be. */
export interface Trace {
  readonly path: readonly PathStep[]
  /** Of a field: its name as a line has it, with the colon. */
  readonly key: string | undefined
  /** The source's column in this place. */
  readonly hint: ColumnNode | undefined
  /** Bits of `SEEN`. */
  seen: number
  /** Objects here, and their members. */
  objects: number
  members: number
  readonly fields: Map<string, Trace>
  nextCheck: number
  /** The values of a map, and what is known of values that were fields before the keys turned out to be data. */
  values: Trace | undefined
  settled: Type
  element: Trace | undefined
}
