import { parsePath } from '../../path-pattern.ts'
import type { Schema } from '../../shred/type.ts'
import type { Selection } from '../settings.ts'

/**
 * The columns that a selection names, that none of the days has, and that the dataset is known to have on others: they are
 * null on these days. So an export that asks for errors does not fail on a day without any.
 */
export function missingColumns(
  known: Schema,
  days: readonly Schema[],
  selection: Selection,
  others: readonly (string | undefined)[],
): Schema {
  const there = new Set(days.flatMap((schema) => schema.map(({ name }) => name)))
  const { columns = [], exclude, rename, time, where } = selection
  const paths = [...columns, ...exclude, ...Object.keys(rename), ...Object.keys(where), time?.column, ...others]
  const named = new Set(paths.flatMap((path) => (path === undefined ? [] : firstNames(path))))
  return known.filter(({ name }) => named.has(name) && !there.has(name))
}

function firstNames(path: string): readonly string[] {
  const [first] = parsePath(path)
  return first?.kind === 'name' ? [first.name] : []
}
