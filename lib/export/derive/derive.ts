import type { Derivation } from '../settings.ts'
import { planGroups, refuseUnknownColumns } from './group-plan.ts'
import { groupRows } from './group-rows.ts'
import type { DeriveOptions, RowSource } from './row-source.ts'
import { type MadeCounts, spoolRows } from './spool-rows.ts'

export interface DerivedRows extends RowSource {
  readonly counts: DerivedCounts
}

export interface DerivedCounts extends MadeCounts {
  /** Rows that `batches` gives: those made, or one per group. */
  readonly rows: number
}

/** Whether rows are to be derived at all. */
export function derives({ compute, transform, groupBy }: Derivation): boolean {
  return callsFunctions({ compute, transform }) || groupBy !== undefined
}

/**
 * Rows made of rows: by functions (`compute`, `transform`), then by groups. Reads the source to its end. What functions
 * make is kept in the scratch directory until it is read. A type that a column had stays as long as its values allow it
 * (a timestamp must stay a text that is one); a Date makes a column of timestamps, a Map a map, and all else is as JSON
 * lines would be sealed: int64, double, string, struct, list, and json where kinds clash. What is only null or empty has a
 * column (of string, or json for `{}`). When functions make no row at all, the columns are those of the source and of `compute`.
 *
 * Memory: a batch of the source and one of the result, at most 20,000 places for columns; with `groupBy` what `groupRows` says.
 * @throws DaysealError `usage` before anything is read for an unknown column and an aggregate that its column does not
 * have; `usage` while reading for a function that fails (where `onError` is `fail`) and for groups beyond their limits; `storage`
 */
export async function derive(source: RowSource, derivation: Derivation, options: DeriveOptions): Promise<DerivedRows> {
  const { groupBy } = derivation
  if (!callsFunctions(derivation)) {
    if (groupBy === undefined) throw new TypeError('nothing is to be derived')
    const { rows, counts } = await groupRows(source, planGroups(source.root, groupBy), options)
    const { read } = counts
    return { ...rows, counts: { read, kept: read, dropped: 0, rejected: 0, made: read, rows: counts.groups } }
  }
  if (groupBy !== undefined && derivation.transform === undefined) {
    refuseUnknownColumns(source.root, Object.keys(derivation.compute), groupBy)
  }
  const made = await spoolRows(source, derivation, options)
  if (groupBy === undefined) return { ...made.rows, counts: { ...made.counts, rows: made.counts.made } }
  const grouped = await groupRows(made.rows, planGroups(made.rows.root, groupBy), options)
  return { ...grouped.rows, counts: { ...made.counts, rows: grouped.counts.groups } }
}

function callsFunctions({ compute, transform }: Pick<Derivation, 'compute' | 'transform'>): boolean {
  return transform !== undefined || Object.keys(compute).length > 0
}
