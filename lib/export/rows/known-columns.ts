import { parsePath } from '../../path-pattern.ts'
import type { Schema } from '../../shred/type.ts'

/** Of the columns that the dataset is known to have on other days, those that `paths` name and none of the days has. */
export function missingColumns(known: Schema, days: readonly Schema[], paths: readonly string[]): Schema {
  const there = new Set(days.flatMap((schema) => schema.map(({ name }) => name)))
  const named = new Set(paths.flatMap(firstNames))
  return known.filter(({ name }) => named.has(name) && !there.has(name))
}

function firstNames(path: string): readonly string[] {
  const [first] = parsePath(path)
  return first?.kind === 'name' ? [first.name] : []
}
